import { beforeAll, describe, expect, test } from 'vitest';
import { durationMsOf } from '../support/events.ts';
import {
  exampleJson,
  expectPercentiles,
  expectSeries,
  groupBy,
  isoMicros,
  nearestRank,
  replayOf,
  sum,
  type Distribution,
  type Expected,
  type History,
  type Inference,
} from './replay-figures.ts';

interface RunTruth {
  readonly n: number;
  readonly by_error_code: Readonly<Record<string, number>>;
  readonly error_ratio: number;
  readonly success_ratio_counting_short_output_as_served: number;
  readonly ttft_s: Distribution;
  readonly e2e_latency_s: Distribution;
  readonly reported_output_tokens_per_s: Distribution;
  readonly ttft_good_counts_successes: Readonly<Record<string, number>>;
  readonly output_tokens_sum_successes: number;
  readonly input_tokens_sum: number;
  readonly TRAP_ttft_nearest_rank_p95_if_error_rows_are_kept: number;
}
interface GroupTruth {
  readonly n: number;
  readonly errors: number;
  readonly ttft_p95_nearest_rank: number;
  readonly e2e_p95_nearest_rank: number;
}
interface Truth {
  readonly runs: Readonly<Record<string, RunTruth>>;
  readonly overall: {
    readonly n: number;
    readonly ok: number;
    readonly ttft_s: Distribution;
    readonly e2e_latency_s: Distribution;
  };
  readonly by_provider: Readonly<Record<string, GroupTruth>>;
  readonly by_model_size: Readonly<Record<string, GroupTruth>>;
}

const WORKERS = 5;
const truth = exampleJson('llmperf-2023/ground-truth.json') as Truth;
const expected = exampleJson('llmperf-2023/expected.json') as Expected;
const isSuccess = (event: Inference) =>
  event.status === 'ok' && event.attributes['answer_length'] === 'as_asked';
const ttfts = (events: readonly Inference[]) => events.filter(isSuccess).map((event) => event.ttft_ms!);
const durations = (events: readonly Inference[]) => events.filter(isSuccess).map(durationMsOf);
const inMs = (seconds: number) => Number(`${seconds}e3`);
const errorCode = (event: Inference) =>
  ({ rate_limited: '429', error: '-1', ok: isSuccess(event) ? 'ok' : '-100' })[event.status as 'ok'];

let history: History;
let runs: Map<string, Inference[]>;
beforeAll(async () => {
  history = await replayOf('llmperf-2023/data/requests.csv', 'llmperf-2023/mapping.yaml');
  runs = groupBy(history.inferences, (event) => event.deployment);
});

describe('the replay of llmperf-2023', () => {
  test('counts, error ratios and token sums of every run are exact', () => {
    expect([...runs.keys()].sort()).toEqual(Object.keys(truth.runs).sort());
    for (const [run, events] of runs) {
      const wanted = truth.runs[run]!;
      const codes = [...groupBy(events, errorCode)].map(([code, { length }]) => [code, length] as const);
      expect(Object.fromEntries(codes), run).toEqual(wanted.by_error_code);
      expect(events.filter((event) => !isSuccess(event)).length / events.length, run).toBe(
        wanted.error_ratio,
      );
      const served = events.filter((event) => event.status === 'ok').length;
      expect(served / events.length, run).toBe(wanted.success_ratio_counting_short_output_as_served);
      expect(sum(events.map((event) => event.input_tokens)), run).toBe(wanted.input_tokens_sum);
      expect(sum(events.filter(isSuccess).map((event) => event.output_tokens)), run).toBe(
        wanted.output_tokens_sum_successes,
      );
    }
  });

  test('percentiles of every run, by both definitions', () => {
    for (const [run, events] of runs) {
      const wanted = truth.runs[run]!;
      expectPercentiles(ttfts(events), wanted.ttft_s, 3);
      expectPercentiles(durations(events), wanted.e2e_latency_s, 3);
      const rates = events.filter(isSuccess).map((event) => event.measures['reported_output_tokens_per_s']!);
      expectPercentiles(rates, wanted.reported_output_tokens_per_s);
      for (const [limit, count] of Object.entries(wanted.ttft_good_counts_successes)) {
        expect(ttfts(events).filter((ms) => ms <= inMs(Number(limit))).length, `${run} ${limit}`).toBe(count);
      }
    }
  });

  test('overall, by provider and by model size', () => {
    expect(history.inferences.length).toBe(truth.overall.n);
    expect(history.inferences.filter(isSuccess).length).toBe(truth.overall.ok);
    expectPercentiles(ttfts(history.inferences), truth.overall.ttft_s, 3);
    expectPercentiles(durations(history.inferences), truth.overall.e2e_latency_s, 3);
    const groupings = [
      [truth.by_provider, (event: Inference) => event.provider],
      [truth.by_model_size, (event: Inference) => event.attributes['model_size']!],
    ] as const;
    for (const [wanted, key] of groupings) {
      const groups = groupBy(history.inferences, key);
      expect([...groups.keys()].sort()).toEqual(Object.keys(wanted).sort());
      for (const [name, events] of groups) {
        expect(events.length).toBe(wanted[name]!.n);
        expect(events.filter((event) => !isSuccess(event)).length).toBe(wanted[name]!.errors);
        expect(nearestRank(ttfts(events), 95)).toBe(inMs(wanted[name]!.ttft_p95_nearest_rank));
        expect(nearestRank(durations(events), 95)).toBe(inMs(wanted[name]!.e2e_p95_nearest_rank));
      }
    }
  });

  test('the zeros of failed rows are absent, and counting them would give the wrong percentile', () => {
    const failed = history.inferences.filter((event) => event.status !== 'ok');
    expect(failed).toHaveLength(393);
    expect(failed.every((event) => event.ttft_ms === null && event.output_tokens === 0)).toBe(true);
    expect(failed.every((event) => Object.keys(event.measures).length === 0)).toBe(true);
    let differing = 0;
    for (const [run, events] of runs) {
      const trap = inMs(truth.runs[run]!.TRAP_ttft_nearest_rank_p95_if_error_rows_are_kept);
      expect(
        nearestRank(
          events.map((event) => event.ttft_ms ?? 0),
          95,
        ),
        run,
      ).toBe(trap);
      if (trap !== nearestRank(ttfts(events), 95)) differing += 1;
    }
    expect(differing).toBeGreaterThan(0);
    expect(nearestRank(ttfts(runs.get('lepton_7b')!), 95)).toBe(1291.310951000014);
  });

  test('a short answer is served, with an inline verdict that says it failed', () => {
    const short = history.inferences.filter((event) => event.attributes['answer_length'] === 'short');
    expect(short).toHaveLength(146);
    expect(short.every((event) => event.status === 'ok' && event.ttft_ms! > 0)).toBe(true);
    const verdicts = history.inferences.flatMap((event) => event.verdicts);
    expect(verdicts.filter(({ passed }) => passed)).toHaveLength(truth.overall.ok);
    expect(verdicts.filter(({ passed }) => !passed)).toHaveLength(146);
  });

  test('laid out times end with the run, keep five at work at most, and say that they are synthetic', () => {
    for (const [run, events] of runs) {
      const ends = events.map((event) => event.occurred_at);
      const endOfRun = Math.max(...ends);
      expect(endOfRun % 1e6, run).toBe(0);
      const moments = events.flatMap((event) => {
        const micros = Math.round(durationMsOf(event) * 1000);
        return micros === 0
          ? []
          : [
              { at: event.occurred_at - micros, change: 1 },
              { at: event.occurred_at, change: -1 },
            ];
      });
      moments.sort((left, right) => left.at - right.at || left.change - right.change);
      let busy = 0;
      for (const { change } of moments) {
        busy += change;
        expect(busy, run).toBeLessThanOrEqual(WORKERS);
      }
      const span = endOfRun - moments[0]!.at;
      const work = sum(events.map((event) => Math.round(durationMsOf(event) * 1000)));
      const longest = Math.max(...events.map((event) => Math.round(durationMsOf(event) * 1000)));
      // Greedy filling is never longer than a perfect one by more than the longest request.
      expect(span, run).toBeGreaterThanOrEqual(work / WORKERS);
      expect(span, run).toBeLessThanOrEqual(work / WORKERS + longest);
      expect(events.every((event) => event.attributes['time_basis'] === 'synthetic_sequence')).toBe(true);
    }
  });

  test('the figures of its SLOs are those of expected.json', () => {
    const [replay] = expected.replays;
    const { source } = history;
    expect([source.totalRows, source.inferenceCount, source.verdictCount]).toEqual([
      replay!.rows,
      replay!.inferences,
      replay!.verdicts,
    ]);
    expect(isoMicros(source.lastLogTimeMicros)).toBe(replay!.last_log_time);
    const all = () => true;
    const fast = (event: Inference) => event.ttft_ms !== null && event.ttft_ms <= 2000;
    const complete = (event: Inference) => durationMsOf(event) <= 10_000;
    const slis = {
      'llmperf-availability': { total: all, good: (event: Inference) => event.status === 'ok' },
      'llmperf-ttft': { total: isSuccess, good: fast },
      'llmperf-latency': { total: isSuccess, good: complete },
      'llmperf-goodput': {
        total: all,
        good: (event: Inference) => isSuccess(event) && fast(event) && complete(event),
        sums: {
          input_tokens: (event: Inference) => event.input_tokens,
          output_tokens: (event: Inference) => event.output_tokens,
        },
      },
    };
    expect(expected.slos.map(({ slo }) => slo)).toEqual(Object.keys(slis));
    for (const { slo, series } of expected.slos) {
      expectSeries(history.inferences, slis[slo as keyof typeof slis], series);
    }
    for (const wanted of expected.percentiles) {
      const events = history.inferences.filter(
        (event) => isSuccess(event) && event.provider === wanted.group['provider'],
      );
      expect(events).toHaveLength(wanted.count);
      expectPercentiles(
        events.map((event) => event[wanted.field]!),
        wanted,
      );
    }
  });
});
