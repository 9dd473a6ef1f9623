import { nearestWord } from '@burnline/core';
import type { MappingSpec, TimeTextSpec } from './mapping-schema.ts';
import { replayError } from './replay-error.ts';
import type { ColumnLookup } from './value-evaluation.ts';
import { columnsOfConditions, columnsOfValue, type ValueSpec } from './value-spec.ts';

function* namedColumns(spec: MappingSpec): Generator<{ readonly column: string; readonly path: string }> {
  const values = function* (path: string, specs: Readonly<Record<string, ValueSpec | undefined>>) {
    for (const [name, value] of Object.entries(specs)) {
      for (const column of value === undefined ? [] : columnsOfValue(value))
        yield { column, path: `${path}.${name}` };
    }
  };
  const times: readonly (readonly [string, TimeTextSpec | undefined])[] = [
    spec.time.kind === 'column' ? ['time', spec.time] : ['time.ends', spec.time.ends],
    ...spec.verdicts.map((verdict, index) => [`verdicts.${index}.judged_at`, verdict.judged_at] as const),
  ];
  for (const [path, time] of times) if (time !== undefined) yield { column: time.column, path };
  if (spec.time.kind === 'sequence') yield { column: spec.time.group, path: 'time.group' };
  for (const column of columnsOfConditions(spec.drop_when ?? [])) yield { column, path: 'drop_when' };
  yield* values('inference', spec.inference ?? {});
  yield* values('judged', spec.judged ?? {});
  yield* values('attributes', spec.attributes);
  yield* values('measures', spec.measures);
  for (const list of ['inline_verdicts', 'verdicts'] as const) {
    for (const [index, verdict] of spec[list].entries()) {
      const path = `${list}.${index}`;
      const { evaluator, evaluator_version, kind, dimension, passed, score } = verdict;
      for (const column of columnsOfConditions(verdict.when ?? [])) yield { column, path: `${path}.when` };
      yield* values(path, { evaluator, evaluator_version, kind, dimension, passed, score });
    }
  }
}

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
