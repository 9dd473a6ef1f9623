import { JUDGED_FIELDS } from '@burnline/core';
import type { MappedRecord, MappedRow } from './mapped-record.ts';
import type { MappingSpec } from './mapping-schema.ts';
import { checkedInference, checkedVerdict, type RecordFields } from './record-checks.ts';
import { RowProblem } from './row-problem.ts';
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

/** A row as a mapping reads it. */
export interface RowToMap {
  readonly cells: Cells;
  /** Where the row's time was derived: epoch microseconds. Null: the row says it, or is to be placed first. */
  readonly derivedAtMicros: number | null;
  /** The id of one of the row's records: `inference`, `verdict/0`... */
  readonly idOf: (part: string) => Uint8Array;
}

/** Null: the mapping drops the row. Throws `RowProblem`. */
export type MapRow = (row: RowToMap) => MappedRow | null;

function verdictRecords(
  compiled: CompiledRow,
  given: { reading: RowReading; row: RowToMap; fields: RecordFields; occurredAt: number },
): MappedRecord[] {
  const { reading, row, fields, occurredAt } = given;
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
    const times = { judged_at: judged, inference_at: occurredAt };
    const verdict = { ...inherited, ...own, ...times, request_id: requestId };
    return [checkedVerdict(verdict, row.idOf(`verdict/${index}`))];
  });
}

/** What a mapping makes of rows whose columns are known: all that it names are there. */
export function rowMapping(spec: MappingSpec, columns: ColumnLookup): MapRow {
  const compiled = compileRow(spec, columns);
  return (row) => {
    const { cells, derivedAtMicros } = row;
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
    const inferences = compiled.hasInference ? [checkedInference(fields, row.idOf('inference'))] : [];
    const verdicts = verdictRecords(compiled, { reading, row, fields, occurredAt });
    return { records: [...inferences, ...verdicts], placement };
  };
}
