import type { SliPlan } from '@burnline/core';
import type { EpochSettings } from '@burnline/runtime';
import { describe, expect, it } from 'vitest';
import { sumOf, type PaneRow } from './pane-row.ts';
import { SpecSet } from '../specs/spec-set.ts';
import { PartitionCounter } from './partition-counter.ts';
import type { DecodedRecord } from './record.ts';
import { PlainEventCounter } from './event-counter.ts';
import { SliSet } from './sli-set.ts';

/** Values that services may send whatever the specs hoped for: no two rows of one key, no lost counts, no number lost. */
const SETTINGS: EpochSettings = {
  intervalMs: 60_000,
  chunkEventsMax: 1_000_000,
  repeatWindowMessages: 6,
  paneMs: 10_000,
};
const NOW_MS = Date.UTC(2026, 0, 1);

const plan = (over: Partial<SliPlan>): SliPlan => ({
  slo: 'a',
  specRev: 'r',
  stream: 'inference',
  scope: null,
  total: null,
  verdict: { kind: 'bad', where: { kind: 'literal', type: 'bool', value: false } },
  groupBy: { dimensions: [], seriesCountMax: 1 },
  sums: [],
  histogram: null,
  ...over,
});

/** Rows of one chunk over these records. */
function count(
  sli: SliPlan,
  records: readonly DecodedRecord[],
  kind: 'inference' | 'verdict' = 'inference',
): PaneRow[] {
  const decode = () => ({
    kind,
    records: records.map((record, index) => {
      const eventId = new Uint8Array(16);
      new DataView(eventId.buffer).setUint32(12, index);
      const times = { occurred_at: NOW_MS * 1_000, inference_at: NOW_MS * 1_000 };
      return { event_id: eventId, verdicts: [], ...times, ...record };
    }),
  });
  const slis = new SliSet([sli]);
  const plain = new PlainEventCounter({ decode, slis, settings: SETTINGS });
  const parts = { settings: SETTINGS, counterOf: () => plain, readSpecChange: () => null };
  const start = { offset: 0, runningMaxMs: -1, specSet: SpecSet.of([sli.specRev]) };
  const counter = new PartitionCounter({ topic: 't', partition: 0 }, start, parts);
  counter.apply({ offset: 0, timestampMs: NOW_MS, value: new Uint8Array() });
  return counter.takeSnapshot()!.chunks.flatMap((chunk) => [...chunk.rows]);
}

const total = (rows: readonly PaneRow[]): number => rows.reduce((sum, row) => sum + row.total, 0);
const keys = (rows: readonly PaneRow[]): Set<string> =>
  new Set(rows.map((row) => `${row.identity.series}@${row.pane}`));

describe('groups', () => {
  const groups = (values: readonly unknown[], seriesCountMax: number): PaneRow[] =>
    count(
      plan({ groupBy: { dimensions: ['feature'], seriesCountMax } }),
      values.map((feature) => ({ feature })),
    );

  it('named like the rest share its row: a second row of the same key would replace the first', () => {
    const rows = groups(['__other__', 'b', 'c', 'd', '__other__\u0000'], 2);
    expect(keys(rows).size).toBe(rows.length);
    expect(total(rows)).toBe(5);
  });

  it('whose labels read the same line by line share a row too', () => {
    const rows = count(plan({ groupBy: { dimensions: ['x', 'y'], seriesCountMax: 10 } }), [
      { x: '1\ny=2', y: '3' },
      { x: '1', y: '2\ny=3' },
      { x: 'p\u0000q', y: 'r' },
      { x: 'p', y: 'q\u0000r' },
    ]);
    expect(keys(rows).size).toBe(rows.length);
    expect(rows).toHaveLength(3);
    expect(total(rows)).toBe(4);
  });

  it('of absent values, numbers and booleans are texts', () => {
    const rows = groups([null, undefined, 7, true, 'true'], 10);
    expect(rows.map((row) => [row.identity.labels['feature'], row.total])).toEqual([
      ['', 2],
      ['7', 1],
      ['true', 2],
    ]);
  });

  it('stay at most as many as the spec allows, and one, however many come', () => {
    const rows = groups(
      Array.from({ length: 50_000 }, (_, number) => `user ${number}`),
      10_000,
    );
    expect(rows).toHaveLength(10_001);
    expect(total(rows)).toBe(50_000);
    expect(rows.at(-1)).toMatchObject({ identity: { labels: { feature: '__other__' } }, total: 40_000 });
  });
});

describe('sums', () => {
  const rowOf = (values: readonly unknown[]): PaneRow =>
    count(
      plan({ sums: ['output_tokens'] }),
      values.map((value) => ({ output_tokens: value })),
    )[0]!;
  const totalOf = (values: readonly unknown[]): bigint => sumOf(rowOf(values), 0);
  const largest = 2 ** 53 - 2;

  it('are exact beyond what a double holds', () => {
    expect(totalOf([largest, largest, 5])).toBe(2n * BigInt(largest) + 5n);
    expect(totalOf(Array.from({ length: 2_000 }, () => largest))).toBe(2_000n * BigInt(largest));
    expect(totalOf([-largest, -largest, 1])).toBe(-2n * BigInt(largest) + 1n);
    expect(totalOf([largest, largest, -largest, -largest, 7])).toBe(7n);
  });

  it('take negative values as they are, and say how many events had none', () => {
    const row = rowOf([5, -7, null, undefined]);
    expect([sumOf(row, 0), row.missing]).toEqual([-2n, [2]]);
  });
});

it('an event from before 1970 counts in the first pane: the table has no earlier one', () => {
  const rows = count(plan({}), [{ occurred_at: -1 }, { occurred_at: -1e15 }, { occurred_at: 0 }]);
  expect(rows.map((row) => [row.pane, row.total])).toEqual([[0, 3]]);
});

it('a histogram of integers leaves out what is absent or negative, and counts zeros apart', () => {
  const sli = plan({ histogram: { field: 'input_tokens', scale: 0 } });
  const [row] = count(
    sli,
    [0, 1, 2, 3, 4, 4_096, -1, null].map((value) => ({ input_tokens: value })),
  );
  expect(row!.total).toBe(8);
  expect(row!.zeroCount).toBe(1);
  expect([...row!.histogram!].sort((a, b) => a[0] - b[0])).toEqual([
    [-1, 1],
    [0, 1],
    [1, 2],
    [11, 1],
  ]);
});

it('a verdict counts alike inline and on its own, by the labels of what it judges', () => {
  const sli = plan({
    stream: 'verdicts',
    verdict: { kind: 'good', where: { kind: 'field', name: 'passed', type: 'bool', nullable: false } },
    groupBy: { dimensions: ['evaluator', 'service', 'attributes.team'], seriesCountMax: 10 },
  });
  const carrier = { service: 'chat', attributes: { team: 'red' } };
  const verdict = { evaluator: 'judge', passed: true };
  const inline = count(sli, [{ ...carrier, verdicts: [verdict, { ...verdict, passed: false }] }]);
  const alone = count(
    sli,
    [
      { ...carrier, ...verdict },
      { ...carrier, ...verdict, passed: false },
    ],
    'verdict',
  );
  const shape = (rows: readonly PaneRow[]) =>
    rows.map((row) => [row.identity.labels, row.pane, row.good, row.total]);
  expect(shape(inline)).toEqual(shape(alone));
  expect(shape(inline)).toEqual([
    [{ evaluator: 'judge', service: 'chat', 'attributes.team': 'red' }, NOW_MS / 10_000, 1, 2],
  ]);
});
