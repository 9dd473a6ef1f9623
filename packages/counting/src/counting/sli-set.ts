import {
  JUDGED_FIELDS,
  compilePredicates,
  fieldsOf,
  histogramFieldOf,
  sourceFieldsOf,
  sumSourceFieldsOf,
  type PredicateNode,
  type SliPlan,
  type SliStream,
} from '@burnline/core';
import { SliCounter, type Chunk } from './chunk.ts';
import type { DecodedRecord } from './record.ts';

/** What of the carrying event an inline verdict is judged by; an EvalVerdict has the same fields of its own. */
const CARRIER_FIELDS = ['request_id', ...JUDGED_FIELDS] as const;
/** And it stands for as many as its carrier does. */
const WEIGHT = 'sample_weight';

/** All SLIs over one kind of record, their predicates compiled into one function. */
class CompiledSlis {
  readonly fields: readonly string[];
  readonly #counters: readonly SliCounter[];
  readonly #evaluate: (record: DecodedRecord, held: Uint8Array) => void;
  readonly #held: Uint8Array;

  constructor(slis: readonly SliPlan[]) {
    const nodes: PredicateNode[] = [];
    const place = (node: PredicateNode | null): number | null =>
      node === null ? null : nodes.push(node) - 1;
    this.#counters = slis.map((sli) => {
      const [scope, total] = [place(sli.scope), place(sli.total)];
      return new SliCounter(sli, { scope, total, verdict: nodes.push(sli.verdict.where) - 1 });
    });
    this.#evaluate = compilePredicates(nodes);
    this.#held = new Uint8Array(nodes.length);
    const grouped = slis.flatMap((sli) => sli.groupBy.dimensions.flatMap(sourceFieldsOf));
    const summed = slis.flatMap((sli) => [
      ...sli.sums.flatMap(sumSourceFieldsOf),
      ...(sli.histogram === null ? [] : sourceFieldsOf(histogramFieldOf(sli.histogram))),
    ]);
    this.fields = [...new Set([...fieldsOf(nodes), ...grouped, ...summed])];
  }

  get isEmpty(): boolean {
    return this.#counters.length === 0;
  }

  count(target: { chunk: Chunk; pane: number; nextOffset: number }, record: DecodedRecord): void {
    this.#evaluate(record, this.#held);
    for (const counter of this.#counters) counter.count(target, record, this.#held);
  }
}

/** Everything that the specs ask to be counted, by kind of message. */
export class SliSet {
  readonly #overEvents: CompiledSlis;
  readonly #overVerdicts: CompiledSlis;

  constructor(slis: readonly SliPlan[]) {
    const of = (stream: SliStream): SliPlan[] => slis.filter((sli) => sli.stream === stream);
    this.#overEvents = new CompiledSlis(of('inference'));
    this.#overVerdicts = new CompiledSlis(of('verdicts'));
  }

  /** Fields to decode of an inference event, and of a verdict; identity, time and weight are always decoded. */
  get inferenceFields(): readonly string[] {
    const inline = this.#overVerdicts.isEmpty ? [] : ['verdicts', ...CARRIER_FIELDS];
    return [...new Set(['event_id', 'occurred_at', WEIGHT, ...this.#overEvents.fields, ...inline])];
  }

  get verdictFields(): readonly string[] {
    return [...new Set(['event_id', 'inference_at', ...this.#overVerdicts.fields])];
  }

  countEvent(target: { chunk: Chunk; pane: number; nextOffset: number }, record: DecodedRecord): void {
    this.#overEvents.count(target, record);
    if (this.#overVerdicts.isEmpty) return;
    const carrier = Object.fromEntries([...CARRIER_FIELDS, WEIGHT].map((field) => [field, record[field]]));
    for (const verdict of record['verdicts'] as readonly DecodedRecord[]) {
      this.#overVerdicts.count(target, { ...carrier, ...verdict });
    }
  }

  countVerdict(target: { chunk: Chunk; pane: number; nextOffset: number }, record: DecodedRecord): void {
    this.#overVerdicts.count(target, record);
  }
}
