import { nearestWord } from '@burnline/core';
import { namedColumns, type ColumnLookup, type MappingSpec } from '@burnline/specs';
import { replayError } from './replay-error.ts';

function requireDistinct(header: readonly string[], file: string): void {
  const repeated = header.filter((column, index) => header.indexOf(column) !== index);
  if (repeated.length === 0) return;
  const names = [...new Set(repeated)].map((column) => JSON.stringify(column)).join(', ');
  throw replayError('REPLAY_HEADER_INVALID', `${file}: the header names a column twice: ${names}.`, {
    remedy:
      'Rename one of the columns, or state spec.csv.header in the mapping for a file without a header row.',
    details: { file, repeated },
  });
}

/**
 * Places of the columns. Throws `REPLAY_HEADER_INVALID` for repeated names, and `REPLAY_COLUMN_MISSING` with every
 * column that the mapping names and the file lacks.
 */
export function columnLookup(header: readonly string[], spec: MappingSpec, file: string): ColumnLookup {
  requireDistinct(header, file);
  const places = new Map(header.map((column, index) => [column, index]));
  const missing = new Map<string, string[]>();
  for (const { column, path } of namedColumns(spec)) {
    if (!places.has(column)) missing.set(column, [...(missing.get(column) ?? []), path]);
  }
  if (missing.size > 0) {
    const lines = [...missing].map(([column, paths]) => {
      const nearest = nearestWord(column, header);
      const guess = nearest === undefined ? '' : ` - did you mean ${nearest}?`;
      return `  ${column} (named by ${[...new Set(paths)].join(', ')})${guess}`;
    });
    throw replayError(
      'REPLAY_COLUMN_MISSING',
      `${file} lacks columns that the mapping names:\n${lines.join('\n')}\n  Columns of the file: ${header.join(', ')}`,
      {
        remedy: 'Correct the column names in the mapping, or give the file that the mapping was written for.',
        details: { file, missing: [...missing.keys()], columns: [...header] },
      },
    );
  }
  return {
    indexOf: (column) => places.get(column) ?? -1,
    emptyTexts: new Set(['', ...spec.csv.empty_texts]),
  };
}
