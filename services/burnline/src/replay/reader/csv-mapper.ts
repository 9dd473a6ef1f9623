import { rowMapping, type ColumnLookup, type LoadedMapping } from '@burnline/specs';
import { recordId, type RowMapper } from './replay-record.ts';

/** Turns rows of a CSV file with these columns into records, as the mapping says. */
export function csvMapper({ mapping, identity }: LoadedMapping, columns: ColumnLookup): RowMapper {
  const map = rowMapping(mapping.spec, columns);
  return {
    map: (row, derivedAtMicros) =>
      map({
        cells: row.cells,
        derivedAtMicros,
        idOf: (part) => recordId({ reading: identity, part, row }),
      }),
  };
}
