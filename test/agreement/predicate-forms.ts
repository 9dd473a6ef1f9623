import { createBatchDecoder, type SchemaSource } from '@burnline/contracts';
import {
  JUDGED_FIELDS,
  compilePredicates,
  isAppError,
  predicateToSql,
  type PredicateNode,
  type SliPlan,
  type SliStream,
} from '@burnline/core';
import type { LogMessage, Store } from '@burnline/runtime';
import { Chunk } from '../../packages/counting/dist/counting/chunk.js';
import { createMessageDecoder } from '../../packages/counting/dist/counting/message-decoder.js';
import type { DecodedMessage, DecodedRecord } from '../../packages/counting/dist/counting/record.js';
import { SliSet } from '../../packages/counting/dist/counting/sli-set.js';
import { SpecSet } from '../../packages/counting/dist/specs/spec-set.js';
import { KernelEventCounter } from '../../packages/counting/dist/kernel/kernel-event-counter.js';

/** How many records of a subject (a message's events, its inline verdicts, verdicts of a request) each predicate holds of. */
export type Holds = ReadonlyMap<string, readonly number[]>;

const QUERY_LENGTH_MAX = 150_000;

export function planOf(stream: SliStream, where: PredicateNode, index: number): SliPlan {
  return {
    slo: `${stream}-${index}`,
    specRev: '0123456789abcdef',
    stream,
    scope: null,
    total: null,
    verdict: { kind: 'good', where },
    groupBy: { dimensions: [], seriesCountMax: 1 },
    sums: [],
    histogram: null,
  };
}

/** Decodes what the plans read; null for a message that is refused. */
export function createReader(schemas: SchemaSource, plans: readonly SliPlan[]) {
  const decode = createMessageDecoder(createBatchDecoder(schemas), new SliSet(plans));
  return (message: LogMessage): DecodedMessage | null => orRefused(() => decode(message.value));
}

function orRefused<Result>(work: () => Result): Result | null {
  try {
    return work();
  } catch (error) {
    if (isAppError(error) && error.outcome === 'dead-letter') return null;
    throw error;
  }
}

/** The verdicts that an event carries, each as a verdict of its own. */
export function inlineVerdictsOf(event: DecodedRecord): readonly DecodedRecord[] {
  const carrier = Object.fromEntries(['request_id', ...JUDGED_FIELDS].map((field) => [field, event[field]]));
  return (event['verdicts'] as readonly DecodedRecord[]).map((verdict) => ({ ...carrier, ...verdict }));
}

/** The first form: closures over decoded records. */
export function closureHolds(
  nodes: readonly PredicateNode[],
  subjects: Iterable<readonly [string, readonly DecodedRecord[]]>,
): Holds {
  const evaluate = compilePredicates(nodes);
  const out = new Uint8Array(nodes.length);
  const holds = new Map<string, number[]>();
  for (const [subject, records] of subjects) {
    const counts = holds.get(subject) ?? nodes.map(() => 0);
    holds.set(subject, counts);
    for (const record of records) {
      evaluate(record, out);
      out.forEach((held, index) => (counts[index]! += held));
    }
  }
  return holds;
}

/** The second form: what the processor counts as good, message by message, by the offset of each. */
export function kernelHolds(
  schemas: SchemaSource,
  plans: Readonly<Record<SliStream, readonly SliPlan[]>>,
  messages: readonly LogMessage[],
): { readonly holds: Readonly<Record<SliStream, Holds>>; readonly kernelMessageCount: number } {
  const all = [...plans.inference, ...plans.verdicts];
  const decoder = createBatchDecoder(schemas);
  const counter = new KernelEventCounter({ plans: all, schemas, decoder, settings: { paneMs: 10_000 } });
  const places = new Map(all.map((sli) => [sli, plans[sli.stream].indexOf(sli)]));
  const holds = { inference: new Map<string, number[]>(), verdicts: new Map<string, number[]>() };
  for (const { offset, timestampMs, value } of messages) {
    const chunk = new Chunk({
      firstOffset: offset,
      runningMaxBeforeMs: -1,
      intervalNumber: 0,
      specSetBefore: SpecSet.EMPTY,
    });
    const findRepeats = (_: object, repeated: Uint8Array): unknown => repeated.fill(0);
    const target = { chunk, timestampMs, nextOffset: offset + 1, findRepeats };
    orRefused(() => counter.countMessage(value, target));
    for (const { sli, good } of chunk.takeDirty()) {
      const counts = holds[sli.stream].get(`${offset}`) ?? plans[sli.stream].map(() => 0);
      holds[sli.stream].set(`${offset}`, counts);
      counts[places.get(sli)!]! += good;
    }
  }
  return { holds, kernelMessageCount: counter.kernelMessageCount };
}

/** The third form: SQL over raw rows, by the value of a column. */
export async function sqlHolds(
  store: Store,
  nodes: readonly PredicateNode[],
  from: { readonly rows: string; readonly subject: string; readonly column: (name: string) => string },
): Promise<Holds> {
  const holds = new Map<string, number[]>();
  for (const group of cutByLength(nodes.map((node) => predicateToSql(node, from)))) {
    const sums = group.map((sql) => `countIf(${sql})`).join(', ');
    const rows = await store.query<{ subject: string; counts: number[] }>(
      `SELECT toString(${from.subject}) AS subject, [${sums}] AS counts FROM ${from.rows} GROUP BY subject`,
    );
    for (const { subject, counts } of rows) holds.set(subject, [...(holds.get(subject) ?? []), ...counts]);
  }
  return holds;
}

function cutByLength(texts: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  let length = Infinity;
  for (const text of texts) {
    if (length + text.length > QUERY_LENGTH_MAX) {
      groups.push([]);
      length = 0;
    }
    groups.at(-1)!.push(text);
    length += text.length;
  }
  return groups;
}
