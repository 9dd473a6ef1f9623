import type { EvalVerdict, InferenceEvent } from '@burnline/core';
import type { MemoryDisk } from '@burnline/runtime';
import { PLANS, SETTINGS } from './slos.ts';

export type Content =
  | { readonly kind: 'inference'; readonly events: readonly InferenceEvent[] }
  | { readonly kind: 'verdict'; readonly verdicts: readonly EvalVerdict[] }
  | { readonly kind: 'specs'; readonly begun: readonly string[]; readonly ended: readonly string[] }
  | { readonly kind: 'malformed' };

/** good, total, excluded, sum of output_tokens, values in the histogram. */
export type Counts = readonly [number, number, number, number, number];
export const ZERO: Counts = [0, 0, 0, 0, 0];
export const plus = (a: Counts, b: Counts, sign = 1): Counts =>
  a.map((value, index) => value + sign * b[index]!) as unknown as Counts;
export const isAtMost = (a: Counts, b: Counts): boolean => a.every((value, index) => value <= b[index]!);

interface RawTruth {
  readonly isRepeat: boolean;
  readonly timeMicros: number;
  readonly eventId: string;
}

interface PartitionTruth {
  readonly last: Map<string, number>;
  /** What each message adds, by offset. */
  readonly added: (readonly [string, Counts][])[];
  readonly raw: (readonly RawTruth[])[];
  readonly isMalformed: boolean[];
  readonly runningMaxMs: number[];
  readonly sums: Map<string, Counts>;
  /** Revisions that the next message is counted with, and where each began. */
  readonly counted: Set<string>;
  readonly begins: Map<string, number>;
}

/**
 * The independent recount: from the messages' positions and contents alone, each SLO's rule written anew. Knows nothing of
 * chunks, flushes, versions or codecs.
 */
export class Truth {
  readonly #disk: MemoryDisk;
  readonly #contents = new Map<string, Content>();
  readonly #partitions = new Map<string, PartitionTruth>();

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
  }

  know(value: Uint8Array, content: Content): void {
    this.#contents.set(Buffer.from(value).toString('latin1'), content);
  }

  /** Counts what was appended since the last look. What nobody made known is a mark. */
  of(topic: string, partition: number): PartitionTruth {
    const key = `${topic}/${partition}`;
    const known = this.#partitions.get(key) ?? {
      last: new Map(),
      added: [],
      raw: [],
      isMalformed: [],
      runningMaxMs: [],
      sums: new Map(),
      counted: new Set(),
      begins: new Map(),
    };
    this.#partitions.set(key, known);
    const messages = this.#disk.topics.get(topic)?.partitions[partition]?.messages ?? [];
    for (const message of messages.slice(known.added.length)) {
      const content = this.#contents.get(Buffer.from(message.value).toString('latin1'));
      this.#count(known, message, content ?? null);
    }
    return known;
  }

  #count(
    known: PartitionTruth,
    message: { readonly offset: number; readonly timestampMs: number },
    content: Content | null,
  ): void {
    if (content?.kind === 'specs') {
      for (const revision of content.begun) {
        if (!known.counted.has(revision)) known.begins.set(revision, message.offset);
        known.counted.add(revision);
      }
      for (const revision of content.ended) known.counted.delete(revision);
    }
    const revisions = PLANS.filter(({ specRev }) => known.counted.has(specRev));
    const records =
      content?.kind === 'inference'
        ? content.events.map((event) => ({ ...event, at: event.occurred_at, adds: () => ofEvent(event) }))
        : content?.kind === 'verdict'
          ? content.verdicts.map((one) => ({ ...one, at: one.inference_at, adds: () => ofVerdict(one) }))
          : [];
    const added: [string, Counts][] = [];
    const raw = records.map((record): RawTruth => {
      const eventId = Buffer.from(record.event_id).toString('hex');
      const before = known.last.get(eventId);
      known.last.set(eventId, message.offset);
      const isRepeat = before !== undefined && message.offset - before <= SETTINGS.repeatWindowMessages;
      const isAhead = Math.floor(record.at / 1_000) > message.timestampMs;
      const timeMicros = isAhead ? message.timestampMs * 1_000 : record.at;
      const pane = Math.floor(timeMicros / 1_000 / SETTINGS.paneMs);
      for (const [{ slo, group }, counts] of isRepeat ? [] : record.adds()) {
        for (const { specRev } of revisions.filter((one) => one.slo === slo))
          added.push([`${specRev}|${group}@${pane}`, counts]);
      }
      return { isRepeat, timeMicros, eventId };
    });
    known.added.push(added);
    known.raw.push(raw);
    known.isMalformed.push(content?.kind === 'malformed');
    known.runningMaxMs.push(Math.max(known.runningMaxMs.at(-1) ?? -1, message.timestampMs));
    for (const [key, counts] of added) known.sums.set(key, plus(known.sums.get(key) ?? ZERO, counts));
  }
}

type Added = [{ readonly slo: string; readonly group: string }, Counts];

function ofEvent(event: InferenceEvent): Added[] {
  const good = event.status === 'ok' ? 1 : 0;
  const rows: Added[] = [[{ slo: 'availability', group: '' }, [good, 1, 0, event.output_tokens, 1]]];
  if (event.region === 'eu') rows.push([{ slo: 'by-provider', group: '' }, [good, 1, 0, 0, 0]]);
  const isQuick = event.ttft_ms !== null && event.ttft_ms <= 500;
  const latency: Counts = event.ttft_ms === null ? [0, 0, 1, 0, 0] : [isQuick ? 1 : 0, 1, 0, 0, 0];
  rows.push([{ slo: 'latency', group: '' }, latency]);
  return [...rows, ...event.verdicts.flatMap(ofVerdict)];
}

function ofVerdict(verdict: Pick<EvalVerdict, 'evaluator' | 'passed'>): Added[] {
  return [[{ slo: 'quality', group: verdict.evaluator }, [verdict.passed ? 1 : 0, 1, 0, 0, 0]]];
}
