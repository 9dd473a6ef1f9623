import type { MappingSpec, TimeTextSpec } from './mapping-schema.ts';
import { columnsOfConditions, columnsOfValue, type ValueSpec } from './value-spec.ts';

/** Every column that a mapping names, each time with the place that names it. */
export function* namedColumns(
  spec: MappingSpec,
): Generator<{ readonly column: string; readonly path: string }> {
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
