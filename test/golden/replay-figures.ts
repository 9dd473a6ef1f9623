import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { openReplay, type ReplayRecord, type ReplaySource } from 'burnline';

/**
 * A naive recount of what a replay hands out: plain sums over all records, no pipeline, no histogram. It is the oracle for
 * the reader here, and what `expected.json` says is checked against it and against the ground truth.
 */
const EXAMPLES = new URL('../../examples/', import.meta.url).pathname;

/** Every history of the examples recorded its tokens. */
export type Inference = Extract<ReplayRecord, { readonly event: unknown }>['event'] & {
  readonly input_tokens: number;
  readonly output_tokens: number;
};
export type Verdict = Extract<ReplayRecord, { readonly verdict: unknown }>['verdict'];

export interface History {
  readonly source: ReplaySource;
  readonly inferences: readonly Inference[];
  readonly verdicts: readonly Verdict[];
}

export interface Percentiles {
  readonly nearest_rank: Readonly<Record<string, number>>;
  readonly linear: Readonly<Record<string, number>>;
}

export interface Distribution extends Percentiles {
  readonly n: number;
  readonly min: number;
  readonly max: number;
}

export interface ExpectedSeries {
  readonly group: Readonly<Record<string, string>>;
  readonly total: number;
  readonly good: number;
  readonly error_ratio: number;
  readonly sums?: Readonly<Record<string, number>>;
}

export interface Expected {
  readonly replays: readonly {
    readonly file: string;
    readonly mapping: string;
    readonly rows: number;
    readonly inferences: number;
    readonly verdicts: number;
    readonly first_log_time?: string;
    readonly last_log_time: string;
  }[];
  readonly slos: readonly { readonly slo: string; readonly series: readonly ExpectedSeries[] }[];
  readonly percentiles: readonly ({
    readonly slo: string;
    readonly field: 'ttft_ms' | 'duration_ms' | 'input_tokens' | 'output_tokens';
    readonly group: Readonly<Record<string, string>>;
    readonly count: number;
  } & Percentiles)[];
}

export function exampleText(path: string): string {
  return readFileSync(EXAMPLES + path, 'utf8');
}

export function exampleJson(path: string): unknown {
  return JSON.parse(exampleText(path));
}

export async function replayOf(file: string, mapping: string): Promise<History> {
  const source = await openReplay({ file: EXAMPLES + file, mapping: EXAMPLES + mapping });
  return historyOf(source);
}

export async function historyOf(source: ReplaySource): Promise<History> {
  const inferences: Inference[] = [];
  const verdicts: Verdict[] = [];
  let previousMicros = 0;
  for await (const batch of source.records()) {
    for (const record of batch) {
      expect(record.logTimeMicros).toBeGreaterThanOrEqual(previousMicros);
      previousMicros = record.logTimeMicros;
      if ('event' in record) inferences.push(record.event as Inference);
      else verdicts.push(record.verdict);
    }
  }
  return { source, inferences, verdicts };
}

const PERCENTILES = [50, 90, 95, 99] as const;

export function nearestRank(values: readonly number[], percentile: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.ceil((percentile * sorted.length) / 100) - 1]!;
}

/** Type 7, numpy's default. */
function linear(values: readonly number[], percentile: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const place = ((sorted.length - 1) * percentile) / 100;
  const below = Math.floor(place);
  const low = sorted[below]!;
  return low + ((sorted[below + 1] ?? low) - low) * (place - below);
}

/** Nearest rank is a measured value and must be exact; interpolation may differ in the last bits. */
export function expectPercentiles(values: readonly number[], wanted: Percentiles, unitExponent = 0): void {
  for (const percentile of PERCENTILES) {
    const key = `p${percentile}`;
    // By the decimal text, as the reader must: a multiplication would round once more.
    const inUnit = (value: number) => Number(`${value}e${unitExponent}`);
    expect(nearestRank(values, percentile), key).toBe(inUnit(wanted.nearest_rank[key]!));
    const interpolated = inUnit(wanted.linear[key]!);
    expect(Math.abs(linear(values, percentile) - interpolated), key).toBeLessThanOrEqual(
      1e-12 * interpolated,
    );
  }
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** Epoch microseconds as `2023-11-16T18:17:03.979960Z`. */
export function isoMicros(micros: number): string {
  const second = new Date(Math.floor(micros / 1e6) * 1000).toISOString().slice(0, 19);
  return `${second}.${String(micros % 1e6).padStart(6, '0')}Z`;
}

/** What an SLO of an example asks, spelled out a second time and independently of its CEL. */
export interface NaiveSli<Item> {
  readonly total: (item: Item) => boolean;
  readonly good: (item: Item) => boolean;
  readonly sums?: Readonly<Record<string, (item: Item) => number>>;
}

/** Counts the items of each group and compares with what `expected.json` says of the SLO. */
export function expectSeries<Item extends object>(
  items: readonly Item[],
  sli: NaiveSli<Item>,
  expected: readonly ExpectedSeries[],
): void {
  const field = (item: Item, name: string): unknown =>
    Object.entries(item).find(([key]) => key === name)?.[1];
  const names = Object.keys(expected[0]!.group);
  const groups = groupBy(items.filter(sli.total), (item) =>
    names.map((name) => String(field(item, name))).join('|'),
  );
  expect([...groups.keys()].sort()).toEqual(
    expected.map(({ group }) => Object.values(group).join('|')).sort(),
  );
  for (const series of expected) {
    const members = groups.get(names.map((name) => series.group[name]).join('|'))!;
    const good = members.filter(sli.good).length;
    expect({ total: members.length, good }, JSON.stringify(series.group)).toEqual({
      total: series.total,
      good: series.good,
    });
    expect((members.length - good) / members.length).toBe(series.error_ratio);
    const sums = Object.entries(sli.sums ?? {}).map(([name, value]) => [name, sum(members.map(value))]);
    expect(Object.fromEntries(sums), JSON.stringify(series.group)).toEqual(series.sums ?? {});
  }
}
