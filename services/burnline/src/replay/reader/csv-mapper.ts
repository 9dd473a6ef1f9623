import { JUDGED_FIELDS } from '@burnline/core';
import type { LoadedMapping } from './mapping-file.ts';
import { checkedInference, checkedVerdict, type RecordFields } from './record-checks.ts';
import { RowProblem } from './replay-error.ts';
import { recordId, type MappedRow, type ReplayRecord, type Row, type RowMapper } from './replay-record.ts';
import { compileRow, type CompiledRow, type CompiledVerdict, type Values } from './row-compilation.ts';
import type { Cells, ColumnLookup } from './value-evaluation.ts';
import type { Scalar } from './value-spec.ts';

/** Attribute of every record whose time was laid out, not measured. A mapping cannot leave it away. */
const LAID_OUT = { time_basis: 'synthetic_sequence' } as const;
/** Evaluates every value of a row; its problems are collected, so that one message names them all. */
class RowReading {
  readonly problems: string[] = [];
  readonly #cells: Cells;

  constructor(cells: Cells) {
    this.#cells = cells;
  }

  of(values: Values): Record<string, Scalar> {
    const result: Record<string, Scalar> = {};
    for (const [name, value] of values) {
      const read = this.attempt(() => value(this.#cells));
      if (read !== undefined) result[name] = read;
    }
    return result;
  }

  /** Entries that are absent are left out of a map. */
  map(values: Values): Record<string, Scalar> {
    if (values.length === 0) return {};
    return Object.fromEntries(Object.entries(this.of(values)).filter(([, value]) => value !== null));
  }

  verdicts(
    compiled: readonly CompiledVerdict[],
  ): { readonly fields: RecordFields; readonly index: number }[] {
    return compiled.flatMap((verdict, index) =>
      verdict.holds(this.#cells) ? [{ fields: this.of(verdict.values), index }] : [],
    );
  }

  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      this.problems.push(error.message);
      return undefined;
    }
  }

  finish(): void {
    if (this.problems.length > 0) throw new RowProblem(this.problems.join('; '));
  }
}

function verdictRecords(
  compiled: CompiledRow,
  given: { reading: RowReading; row: Row; fields: RecordFields; occurredAt: number; identity: string },
): ReplayRecord[] {
  const { reading, row, fields, occurredAt, identity } = given;
  if (compiled.verdicts.length === 0) return [];
  const inherited = Object.fromEntries(
    JUDGED_FIELDS.flatMap((name) => (name in fields ? [[name, fields[name]]] : [])),
  );
  return reading.verdicts(compiled.verdicts).flatMap(({ fields: own, index }) => {
    const judgedAt = compiled.verdicts[index]?.judgedAt;
    const judged = reading.attempt(() => judgedAt?.(row.cells) ?? occurredAt);
    reading.finish();
    if (judged === undefined) return [];
    const requestId = fields['request_id'] ?? null;
    const id = recordId({ reading: identity, part: `verdict/${index}`, row });
    const times = { judged_at: judged, inference_at: occurredAt };
    return [checkedVerdict({ ...inherited, ...own, ...times, request_id: requestId }, id)];
  });
}

/** Turns rows of a CSV file with these columns into records, as the mapping says. */
export function csvMapper(loaded: LoadedMapping, columns: ColumnLookup): RowMapper {
  const compiled = compileRow(loaded.mapping.spec, columns);
  const { identity } = loaded;
  const map = (row: Row, derivedAtMicros: number | null): MappedRow | null => {
    const { cells } = row;
    if (compiled.isDropped(cells)) return null;
    const reading = new RowReading(cells);
    const values = reading.of(compiled.inference);
    const attributes = reading.map(compiled.attributes);
    if (compiled.placement !== null) Object.assign(attributes, LAID_OUT);
    const measures = reading.map(compiled.measures);
    const inline = reading.verdicts(compiled.inlineVerdicts).map(({ fields }) => fields);
    const durationMicros = Math.round(Number(values['duration_ms'] ?? 0) * 1000);
    const placement = reading.attempt(() => compiled.placement?.(cells, durationMicros) ?? null) ?? null;
    const measuredAt = reading.attempt(() => compiled.occurredAt?.(cells, durationMicros));
    reading.finish();
    const occurredAt = derivedAtMicros ?? measuredAt ?? placement?.endAtMicros ?? 0;
    const own = { occurred_at: occurredAt, verdicts: inline, attributes, measures };
    const fields: RecordFields = Object.assign(values, own);
    const inferences = compiled.hasInference
      ? [checkedInference(fields, recordId({ reading: identity, part: 'inference', row }))]
      : [];
    const verdicts = verdictRecords(compiled, { reading, row, fields, occurredAt, identity });
    return { records: [...inferences, ...verdicts], placement };
  };
  return { map };
}
