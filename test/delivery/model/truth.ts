import type { EvalVerdict, InferenceEvent } from '@burnline/core';
import type { MemoryDisk } from '@burnline/runtime';
import { LetterTopic } from './letter-topic.ts';
import { RULES, SETTINGS, ruleOf, type Counts } from './slos.ts';

export type Content =
  | { readonly kind: 'inference'; readonly events: readonly InferenceEvent[] }
  | { readonly kind: 'verdict'; readonly verdicts: readonly EvalVerdict[] }
  | { readonly kind: 'specs'; readonly begun: readonly string[]; readonly ended: readonly string[] }
  | { readonly kind: 'malformed' };

export const ZERO: Counts = [0, 0, 0, 0, 0];
export const plus = (a: Counts, b: Counts, sign = 1): Counts =>
  a.map((value, index) => value + sign * b[index]!) as unknown as Counts;
export const isAtMost = (a: Counts, b: Counts): boolean => a.every((value, index) => value <= b[index]!);

interface RawTruth {
  readonly isRepeat: boolean;
  readonly timeMicros: number;
  readonly eventId: string;
  /** What the record adds to each rule, whether announced or not: `rule|group@pane`. */
  readonly adds: readonly (readonly [string, Counts])[];
}

export interface PartitionTruth {
  readonly last: Map<string, number>;
  /** What each message adds to the revisions that are counted, by offset. */
  readonly added: (readonly [string, Counts][])[];
  readonly raw: (readonly RawTruth[])[];
  readonly isMalformed: boolean[];
  readonly runningMaxMs: number[];
  readonly sums: Map<string, Counts>;
  /** Revisions that the next message is counted with, and where each began. */
  readonly counted: Set<string>;
  readonly begins: Map<string, number>;
  /** Offsets at which a chunk begins, and events since the last one: repeats too. */
  readonly chunkStarts: Set<number>;
  chunkEventCount: number;
}

/**
 * The independent recount: from the messages' positions and contents alone, each SLO's rule written anew. Knows nothing of
 * chunks, flushes, versions or codecs.
 */
export class Truth {
  readonly #disk: MemoryDisk;
  readonly #letters: LetterTopic;
  readonly #contents = new Map<string, Content>();
  readonly #partitions = new Map<string, PartitionTruth>();
  readonly #readMark: (value: Uint8Array) => Content | null;

  /** `readMark` tells what a message announces that nobody made known. */
  constructor(disk: MemoryDisk, readMark: (value: Uint8Array) => Content | null) {
    this.#disk = disk;
    this.#letters = new LetterTopic(disk);
    this.#readMark = readMark;
  }

  know(value: Uint8Array, content: Content): void {
    this.#contents.set(Buffer.from(value).toString('latin1'), content);
  }

  /** Throws unless every malformed message before a position is in the dead-letter topic. */
  checkLetters(topic: string, partition: number, position: number): void {
    this.#letters.checkBefore({ topic, partition, position }, this.of(topic, partition).isMalformed);
  }

  /** Counts what was appended since the last look. What nobody made known is a mark. To be called before anything expires. */
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
      chunkStarts: new Set(),
      chunkEventCount: 0,
    };
    this.#partitions.set(key, known);
    const messages = this.#disk.topics.get(topic)?.partitions[partition]?.messages ?? [];
    const startOffset = this.#disk.topics.get(topic)?.partitions[partition]?.startOffset ?? 0;
    if (startOffset > known.added.length) throw new Error('messages expired before they were counted');
    for (const message of messages.slice(known.added.length - startOffset)) {
      const content = this.#contents.get(Buffer.from(message.value).toString('latin1'));
      this.#count(known, message, content ?? this.#readMark(message.value));
    }
    return known;
  }

  #count(
    known: PartitionTruth,
    message: { readonly offset: number; readonly timestampMs: number },
    content: Content | null,
  ): void {
    const countedBefore = [...known.counted].sort().join();
    if (content?.kind === 'specs') {
      for (const revision of content.begun) {
        if (!known.counted.has(revision)) known.begins.set(revision, message.offset);
        known.counted.add(revision);
      }
      for (const revision of content.ended) known.counted.delete(revision);
    }
    const records =
      content?.kind === 'inference'
        ? content.events.map((event) => ({ ...event, at: event.occurred_at, adds: addsOfEvent(event) }))
        : content?.kind === 'verdict'
          ? content.verdicts.map((one) => ({ ...one, at: one.inference_at, adds: addsOfVerdict(one) }))
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
      const adds = (isRepeat ? [] : record.adds).map(([rule, group, counts]): [string, Counts] => [
        `${rule}|${group}@${pane}`,
        counts,
      ]);
      for (const revision of known.counted) {
        const rule = ruleOf(revision).plan.specRev;
        for (const [key, counts] of adds)
          if (key.startsWith(rule)) added.push([revision + key.slice(rule.length), counts]);
      }
      return { isRepeat, timeMicros, eventId, adds };
    });
    this.#cut(known, message, [...known.counted].sort().join() !== countedBefore);
    known.chunkEventCount += records.length;
    known.added.push(added);
    known.raw.push(raw);
    known.isMalformed.push(content?.kind === 'malformed');
    for (const [key, counts] of added) known.sums.set(key, plus(known.sums.get(key) ?? ZERO, counts));
  }

  /** A chunk begins with log time's next interval, after so many events, and where what is counted changes. */
  #cut(
    known: PartitionTruth,
    message: { readonly offset: number; readonly timestampMs: number },
    isSpecChange: boolean,
  ): void {
    const beforeMs = known.runningMaxMs.at(-1) ?? -Infinity;
    const nowMs = Math.max(beforeMs, message.timestampMs);
    known.runningMaxMs.push(nowMs);
    const isNext = Math.floor(beforeMs / SETTINGS.intervalMs) !== Math.floor(nowMs / SETTINGS.intervalMs);
    if (!isNext && !isSpecChange && known.chunkEventCount < SETTINGS.chunkEventsMax) return;
    known.chunkStarts.add(message.offset);
    known.chunkEventCount = 0;
  }
}

type Adds = readonly (readonly [rule: string, group: string, counts: Counts])[];

const addsOfEvent = (event: InferenceEvent): Adds =>
  RULES.flatMap((rule) =>
    rule.ofEvent(event).map(([group, counts]) => [rule.plan.specRev, group, counts] as const),
  );

const addsOfVerdict = (verdict: EvalVerdict): Adds =>
  RULES.flatMap((rule) =>
    rule.ofVerdict(verdict).map(([group, counts]) => [rule.plan.specRev, group, counts] as const),
  );
