import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SliPlan } from '@burnline/core';
import type { EpochSettings, LogMessage } from '@burnline/runtime';
import { SpecSet, type SpecChange } from '../specs/spec-set.ts';
import { PartitionCounter, type CounterStart, type PartitionSnapshot } from './partition-counter.ts';
import type { DecodedMessage, DecodedRecord } from './record.ts';
import { PlainEventCounter } from './event-counter.ts';
import { SliSet } from './sli-set.ts';

/**
 * Goal: whatever the log and wherever a process crashes, is replaced or goes on as a zombie, the rows that remain in a
 * table that keeps the highest version per key add up to a recount of the log; closings name every row of an unbroken chain
 * of chunks, and each revision counts from its announcement on, to its end.
 *
 * Method: random logs (late, repeated and future events, append clocks that step back or leap, marks, announcements of
 * specs), counted by the real counter through random flushes, partial writes, restarts and zombies; beside it a recount by
 * position arithmetic.
 */
const SETTINGS: EpochSettings = { intervalMs: 10, chunkEventsMax: 8, repeatWindowMessages: 6, paneMs: 5 };

interface LogEvent {
  readonly id: number;
  readonly timeMs: number;
  readonly isGood: boolean;
  readonly group: string;
  readonly tokens: number;
}
interface Entry {
  readonly message: LogMessage;
  readonly events: readonly LogEvent[];
  readonly change: SpecChange | null;
}

const plan = (over: Partial<SliPlan>): SliPlan => ({
  slo: 'availability',
  specRev: '0123456789abcdef',
  stream: 'inference',
  scope: null,
  total: null,
  verdict: {
    kind: 'good',
    where: {
      kind: 'compare',
      operator: '==',
      left: { kind: 'field', name: 'status', type: 'string', nullable: false },
      right: { kind: 'literal', type: 'string', value: 'ok' },
    },
  },
  groupBy: { dimensions: [], seriesCountMax: 1 },
  sums: ['output_tokens'],
  histogram: null,
  ...over,
});
const [FIRST, SECOND] = ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb'] as const;
const PLANS = [
  plan({ specRev: FIRST }),
  plan({ slo: 'by-provider', specRev: SECOND, groupBy: { dimensions: ['provider'], seriesCountMax: 2 } }),
];

function recordOf(event: LogEvent): DecodedRecord {
  const eventId = new Uint8Array(16);
  new DataView(eventId.buffer).setUint32(12, event.id);
  return {
    event_id: eventId,
    occurred_at: event.timeMs * 1_000,
    status: event.isGood ? 'ok' : 'error',
    provider: event.group,
    output_tokens: event.tokens,
    verdicts: [],
  };
}

const step = fc.record({
  clockMs: fc.oneof(
    { arbitrary: fc.constantFrom(0, 0, 1, 2, 5), weight: 12 },
    { arbitrary: fc.constantFrom(40, 200), weight: 1 },
  ),
  stepsBackMs: fc.constantFrom(0, 0, 0, 3, 12),
  events: fc.array(
    fc.record({
      id: fc.nat({ max: 30 }),
      ageMs: fc.constantFrom(-20, 0, 0, 1, 4, 30, 90),
      isGood: fc.boolean(),
      group: fc.constantFrom('a', 'b', 'c', 'd'),
      tokens: fc.nat({ max: 9 }),
    }),
    { maxLength: 3 },
  ),
  change: fc.option(
    fc.record({
      begun: fc.subarray<string>([FIRST, SECOND]),
      ended: fc.subarray<string>([FIRST, SECOND], { maxLength: 1 }),
    }),
    { freq: 8 },
  ),
});

interface LogStep {
  readonly clockMs: number;
  readonly stepsBackMs: number;
  readonly events: readonly (Omit<LogEvent, 'timeMs'> & { readonly ageMs: number })[];
  readonly change: SpecChange | null;
}

/** Everything is counted from the start, unless a log says otherwise. */
const BOTH: SpecChange = { begun: [FIRST, SECOND], ended: [] };
const UNCOUNTED: CounterStart = { offset: 0, runningMaxMs: -1, specSet: SpecSet.EMPTY };

function buildLog(steps: readonly LogStep[]): readonly Entry[] {
  let clockMs = 1_000;
  return steps.map((one, offset) => {
    clockMs += one.clockMs;
    const timestampMs = clockMs - one.stepsBackMs;
    return {
      message: { offset, timestampMs, value: new Uint8Array([offset & 0xff, offset >> 8]) },
      // A message is either a batch or an announcement.
      events:
        one.change !== null ? [] : one.events.map((event) => ({ ...event, timeMs: clockMs - event.ageMs })),
      change: one.change,
    };
  });
}

function counterFrom(log: readonly Entry[], start: CounterStart): PartitionCounter {
  const entryOf = (value: Uint8Array): Entry => log[(value[0] ?? 0) + (value[1] ?? 0) * 256]!;
  const decode = (value: Uint8Array): DecodedMessage => {
    const entry = entryOf(value);
    return entry.events.length === 0
      ? { kind: 'mark', records: [] }
      : { kind: 'inference', records: entry.events.map(recordOf) };
  };
  const counterOf = ({ revisions }: SpecSet): PlainEventCounter => {
    const slis = new SliSet(PLANS.filter((one) => revisions.includes(one.specRev)));
    return new PlainEventCounter({ decode, slis, settings: SETTINGS });
  };
  const parts = {
    settings: SETTINGS,
    counterOf,
    readSpecChange: (value: Uint8Array) => entryOf(value).change,
  };
  const counter = new PartitionCounter({ topic: 't', partition: 0 }, start, parts);
  for (const entry of log.slice(Math.max(0, start.offset - SETTINGS.repeatWindowMessages), start.offset)) {
    counter.warm(entry.message);
  }
  return counter;
}

type Table = Map<
  string,
  {
    chunk: number;
    version: number;
    value: string;
    slo: string;
    pane: number;
    good: number;
    total: number;
    tokens: number;
  }
>;

/** ReplacingMergeTree: the highest version of a key stays; equal versions must be equal rows. */
function write(table: Table, snapshot: PartitionSnapshot, isKept: (index: number) => boolean): void {
  let index = 0;
  for (const chunk of snapshot.chunks) {
    for (const row of chunk.rows) {
      index += 1;
      if (!isKept(index)) continue;
      const key = [row.sli.slo, row.identity.series, row.pane, chunk.firstOffset].join('|');
      const value = JSON.stringify([row.good, row.total, row.excluded, row.sums, chunk.intervalNumber]);
      const old = table.get(key);
      if (old?.version === row.version) expect(value).toBe(old.value);
      if (old !== undefined && old.version >= row.version) continue;
      const { good, total } = row;
      table.set(key, {
        chunk: chunk.firstOffset,
        version: row.version,
        value,
        slo: row.sli.slo,
        pane: row.pane,
        good,
        total,
        tokens: row.sums[0]!,
      });
    }
  }
}

function sumsOf(
  rows: Iterable<{ slo: string; pane: number; good: number; total: number; tokens: number }>,
): Map<string, number[]> {
  const sums = new Map<string, number[]>();
  for (const row of rows) {
    const key = `${row.slo}|${row.pane}`;
    const [good = 0, total = 0, tokens = 0] = sums.get(key) ?? [];
    sums.set(key, [good + row.good, total + row.total, tokens + row.tokens]);
  }
  return sums;
}

/** From positions alone: an event is a repeat if its id stood within the window before; it counts at its clamped time. */
function recount(log: readonly Entry[]): Map<string, number[]> {
  const last = new Map<number, number>();
  const rows = [];
  let counted: readonly string[] = [];
  for (const { message, events, change } of log) {
    if (change !== null) {
      counted = [...counted, ...change.begun].filter((revision) => !change.ended.includes(revision));
    }
    for (const event of events) {
      const seen = last.get(event.id);
      last.set(event.id, message.offset);
      if (seen !== undefined && message.offset - seen <= SETTINGS.repeatWindowMessages) continue;
      const pane = Math.floor(Math.min(event.timeMs, message.timestampMs) / SETTINGS.paneMs);
      for (const { slo } of PLANS.filter(({ specRev }) => counted.includes(specRev)))
        rows.push({ slo, pane, good: event.isGood ? 1 : 0, total: 1, tokens: event.tokens });
    }
  }
  return sumsOf(rows);
}

const action = fc.record({
  kind: fc.constantFrom(
    'read',
    'read',
    'read',
    'flush',
    'flush',
    'crash',
    'partial write and crash',
    'zombie',
  ),
  count: fc.integer({ min: 1, max: 9 }),
});

describe('partition counter', () => {
  it('adds up to a recount after any crashes, partial writes and zombies', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 5, maxLength: 60 }),
        fc.array(action, { maxLength: 60 }),
        (steps, actions) => {
          const log = buildLog(steps);
          const table: Table = new Map();
          const closings = new Map<number, string>();
          let committed = UNCOUNTED;
          let owner = counterFrom(log, committed);
          const zombies: PartitionCounter[] = [];
          const read = (counter: PartitionCounter, count: number): void => {
            for (const entry of log.slice(counter.position, counter.position + count))
              counter.apply(entry.message);
          };
          const flush = (): void => {
            const snapshot = owner.takeSnapshot();
            if (snapshot === null) return;
            write(table, snapshot, () => true);
            for (const one of snapshot.closings) {
              const text = JSON.stringify(one);
              expect(closings.get(one.firstOffset) ?? text).toBe(text);
              closings.set(one.firstOffset, text);
            }
            const { offset, metadata } = snapshot.commit;
            const [, runningMax] = /^running-max-ms=(-?\d+)/.exec(metadata)!;
            committed = { offset, runningMaxMs: Number(runningMax), specSet: snapshot.specSet };
          };
          for (const { kind, count } of actions) {
            if (kind === 'read') read(owner, count);
            else if (kind === 'flush') flush();
            else if (kind === 'zombie') {
              zombies.push(owner);
              owner = counterFrom(log, committed);
            } else {
              const snapshot = kind === 'crash' ? null : owner.takeSnapshot();
              if (snapshot !== null) write(table, snapshot, (index) => index % count === 0);
              owner = counterFrom(log, committed);
            }
            const zombie = zombies[count % Math.max(1, zombies.length)];
            if (zombie !== undefined) {
              read(zombie, count);
              const late = zombie.takeSnapshot();
              if (late !== null) write(table, late, (index) => index % 2 === count % 2);
            }
          }
          read(owner, log.length);
          flush();
          expect(sumsOf(table.values())).toEqual(recount(log));
          let next = 0;
          for (let text = closings.get(next); text !== undefined; text = closings.get(next)) {
            const closing = JSON.parse(text) as PartitionSnapshot['closings'][number];
            const rows = [...table.values()].filter(({ chunk }) => chunk === next);
            for (const { slo, specRev } of PLANS) {
              const count = rows.filter((row) => row.slo === slo).length;
              expect(closing.rowCounts[specRev] ?? 0).toBe(count);
            }
            next = closing.nextOffset;
          }
          expect(next).toBe(committed.offset);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('holds what is not written yet, and of a chunk in progress nothing else: a flush always makes room', () => {
    const stepOf = (id: number, clockMs: number) => ({
      clockMs,
      stepsBackMs: 0,
      events: [{ id, ageMs: id * 5, isGood: true, group: 'a', tokens: 1 }],
      change: null,
    });
    const begin = { clockMs: 0, stepsBackMs: 0, events: [], change: BOTH };
    const log = buildLog([begin, stepOf(1, 0), stepOf(2, 0), stepOf(3, 0), stepOf(3, 0), stepOf(2, 20)]);
    const counter = counterFrom(log, UNCOUNTED);
    const read = (count: number): number => {
      for (const entry of log.slice(counter.position, counter.position + count)) counter.apply(entry.message);
      return counter.held;
    };
    expect(read(4)).toBe(6);
    counter.takeSnapshot();
    expect(counter.held).toBe(0);
    // A repeat changes no row.
    expect(read(1)).toBe(0);
    // The next chunk: the ended one is in memory until it is taken.
    expect(read(1)).toBeGreaterThanOrEqual(6);
    counter.takeSnapshot();
    expect(counter.held).toBe(0);
  });

  it('admits the first groups of a chunk and counts the rest under __other__, totals exact', () => {
    const steps = ['a', 'b', 'c', 'd', 'a'].map((group, index) => ({
      clockMs: 0,
      stepsBackMs: 0,
      events: [{ id: index, ageMs: 0, isGood: true, group, tokens: 1 }],
      change: null,
    }));
    const log = buildLog([{ clockMs: 0, stepsBackMs: 0, events: [], change: BOTH }, ...steps]);
    const counter = counterFrom(log, UNCOUNTED);
    for (const entry of log) counter.apply(entry.message);
    const rows = counter.takeSnapshot()!.chunks.flatMap((chunk) => chunk.rows);
    const byProvider = rows.filter((row) => row.sli.slo === 'by-provider');
    expect(byProvider.map((row) => [row.identity.labels['provider'], row.total])).toEqual([
      ['a', 2],
      ['b', 1],
      ['__other__', 2],
    ]);
  });
});
