import { beforeAll, describe, expect, test } from 'vitest';
import { durationMsOf } from '../support/events.ts';
import {
  exampleJson,
  exampleText,
  expectPercentiles,
  expectSeries,
  groupBy,
  isoMicros,
  nearestRank,
  replayOf,
  sum,
  type Distribution,
  type Expected,
  type ExpectedSeries,
  type History,
  type Inference,
  type Verdict,
} from './replay-figures.ts';

interface TaskTruth {
  readonly n: number;
  readonly pass: number;
  readonly pass_rate: number;
  readonly latency_s: Distribution;
  readonly cost_usd_sum: number;
  readonly answer_tokens: Distribution;
  readonly answer_tokens_sum: number;
  readonly prompt_tokens_sum: number;
  readonly first: string;
  readonly last: string;
  readonly distinct_timestamps: number;
}
interface HourTruth {
  readonly n: number;
  readonly pass: number;
  readonly latency_p95_nearest_rank: number;
  readonly cost_usd: number;
  readonly answer_tokens: number;
}
interface Truth {
  readonly by_task_model: Readonly<Record<string, TaskTruth>>;
  readonly hourly: Readonly<Record<string, Readonly<Record<string, HourTruth>>>>;
  readonly published: Readonly<Record<string, unknown>>;
  readonly overall: {
    readonly rows: number;
    readonly cost_usd: number;
    readonly answer_tokens: number;
    readonly pass: number;
  };
}
interface DriftExpected extends Expected {
  readonly cost_nano_usd: number;
  readonly cost_nano_usd_by_task_and_model: readonly {
    readonly group: Readonly<Record<string, string>>;
    readonly total: number;
    readonly cost_nano_usd: number;
  }[];
  readonly rates_without_slo: readonly {
    readonly dimension: string;
    readonly series: readonly ExpectedSeries[];
  }[];
}

const truth = exampleJson('llmdrift-2023/ground-truth.json') as Truth;
const expected = exampleJson('llmdrift-2023/expected.json') as DriftExpected;
const taskModel = (record: Inference | Verdict) => `${record.prompt_name}|${record.model_served}`;
const isFirstVerdict = (verdict: Verdict) => verdict.dimension !== 'quality_after_cleanup';
const nanoUsd = (events: readonly Inference[]) => sum(events.map((event) => event.cost_nano_usd!));

/** The exact sum of decimal texts, in units of 1e-30: no floating point anywhere. */
function exactSum(texts: readonly string[]): bigint {
  return texts.reduce((total, text) => {
    const [mantissa = '', exponent = '0'] = text.split('e');
    const [whole = '', fraction = ''] = mantissa.split('.');
    return total + BigInt(whole + fraction) * 10n ** BigInt(30 + Number(exponent) - fraction.length);
  }, 0n);
}

let history: History;
let groups: Map<string, Inference[]>;
let verdictGroups: Map<string, Verdict[]>;
beforeAll(async () => {
  history = await replayOf('llmdrift-2023/data/generations.csv', 'llmdrift-2023/mapping.yaml');
  groups = groupBy(history.inferences, taskModel);
  verdictGroups = groupBy(history.verdicts.filter(isFirstVerdict), taskModel);
});

describe('the replay of llmdrift-2023', () => {
  test('counts, pass rates and token sums of every task and model are exact', () => {
    expect([...groups.keys()].sort()).toEqual(Object.keys(truth.by_task_model).sort());
    for (const [name, events] of groups) {
      const wanted = truth.by_task_model[name]!;
      const verdicts = verdictGroups.get(name)!;
      expect([events.length, verdicts.length], name).toEqual([wanted.n, wanted.n]);
      const passed = verdicts.filter((verdict) => verdict.passed).length;
      expect(passed, name).toBe(wanted.pass);
      expect(passed / verdicts.length, name).toBe(wanted.pass_rate);
      expect(sum(events.map((event) => event.output_tokens)), name).toBe(wanted.answer_tokens_sum);
      expect(sum(events.map((event) => event.input_tokens)), name).toBe(wanted.prompt_tokens_sum);
    }
    expect(history.verdicts.filter((verdict) => isFirstVerdict(verdict) && verdict.passed)).toHaveLength(
      truth.overall.pass,
    );
    expect(sum(history.inferences.map((event) => event.output_tokens))).toBe(truth.overall.answer_tokens);
    expect(verdictGroups.get('prime|gpt-4-0613')!.filter(({ passed }) => passed).length / 1000).toBe(
      truth.published['prime|gpt-4-0613'],
    );
  });

  test('latencies and answer lengths: percentiles by both definitions', () => {
    for (const [name, events] of groups) {
      const wanted = truth.by_task_model[name]!;
      expectPercentiles(events.map(durationMsOf), wanted.latency_s, 3);
      expectPercentiles(
        events.map((event) => event.output_tokens),
        wanted.answer_tokens,
      );
    }
  });

  test('costs are whole nano-USD whose sum is the exact decimal sum of the column', () => {
    const lines = exampleText('llmdrift-2023/data/generations.csv').trimEnd().split('\n');
    const column = lines[0]!.split(',').indexOf('cost_usd');
    const exact = exactSum(lines.slice(1).map((line) => line.split(',')[column]!));
    const nano = 10n ** 21n;
    expect(BigInt(nanoUsd(history.inferences))).toBe((exact + nano / 2n) / nano);
    // The ground truth added doubles.
    expect(nanoUsd(history.inferences) / 1e9).toBeCloseTo(truth.overall.cost_usd, 11);
    for (const [name, events] of groups) {
      expect(nanoUsd(events) / 1e9, name).toBeCloseTo(truth.by_task_model[name]!.cost_usd_sum, 11);
    }
    expect(nanoUsd(history.inferences)).toBe(expected.cost_nano_usd);
    for (const wanted of expected.cost_nano_usd_by_task_and_model) {
      const events = groups.get(Object.values(wanted.group).join('|'))!;
      expect([events.length, nanoUsd(events)]).toEqual([wanted.total, wanted.cost_nano_usd]);
    }
  });

  test('the column is the completion time: an event stands at it, and not a latency later', () => {
    for (const [name, events] of groups) {
      const wanted = truth.by_task_model[name]!;
      const times = events.map((event) => event.occurred_at).sort((left, right) => left - right);
      expect(isoMicros(times[0]!), name).toBe(`${wanted.first}.000000Z`);
      expect(isoMicros(times.at(-1)!), name).toBe(`${wanted.last}.000000Z`);
      expect(new Set(times).size, name).toBe(wanted.distinct_timestamps);
    }
  });

  test('hours of the tasks that were asked one after another', () => {
    for (const [task, hours] of Object.entries(truth.hourly)) {
      const ofTask = history.inferences.filter((event) => event.prompt_name === task);
      const key = (record: Inference | Verdict, micros: number) =>
        `${isoMicros(micros).slice(0, 13)}|${record.model_served}`;
      const byHour = groupBy(ofTask, (event) => key(event, event.occurred_at));
      const judged = history.verdicts.filter(
        (verdict) => verdict.prompt_name === task && isFirstVerdict(verdict),
      );
      const verdictsByHour = groupBy(judged, (verdict) => key(verdict, verdict.inference_at));
      expect([...byHour.keys()].sort()).toEqual(Object.keys(hours).sort());
      for (const [hour, wanted] of Object.entries(hours)) {
        const events = byHour.get(hour)!;
        expect(events.length, hour).toBe(wanted.n);
        expect(verdictsByHour.get(hour)!.filter(({ passed }) => passed).length, hour).toBe(wanted.pass);
        expect(sum(events.map((event) => event.output_tokens)), hour).toBe(wanted.answer_tokens);
        expect(nanoUsd(events) / 1e9, hour).toBeCloseTo(wanted.cost_usd, 11);
        expect(nearestRank(events.map(durationMsOf), 95), hour).toBe(
          Number(`${wanted.latency_p95_nearest_rank}e3`),
        );
      }
    }
  });

  test('batch writes, missing prompt tokens and unjudged availability are labelled', () => {
    const batched = history.inferences.filter((event) => event.attributes['time_basis'] === 'batch_write');
    expect(new Set(batched.map((event) => event.prompt_name))).toEqual(new Set(['prime', 'sensitive']));
    const missing = history.inferences.filter((event) => event.attributes['prompt_tokens'] === 'missing');
    expect(missing).toHaveLength(4);
    expect(missing.every((event) => event.input_tokens === 0)).toBe(true);
    expect(history.inferences.every((event) => event.ttft_ms === null && event.status === 'ok')).toBe(true);
    expect(
      new Set(history.verdicts.filter((v) => v.prompt_name === 'sensitive').map((v) => v.dimension)),
    ).toEqual(new Set(['answer_rate']));
  });

  test('the figures of its SLOs are those of expected.json', () => {
    const [replay] = expected.replays;
    const { source } = history;
    expect([source.totalRows, source.inferenceCount, source.verdictCount]).toEqual([
      replay!.rows,
      replay!.inferences,
      replay!.verdicts,
    ]);
    expect(isoMicros(source.firstLogTimeMicros)).toBe(replay!.first_log_time);
    expect(isoMicros(source.lastLogTimeMicros)).toBe(replay!.last_log_time);
    const [passRate, latency, cost] = expected.slos;
    const passed = (verdict: Verdict) => verdict.passed;
    expectSeries(
      history.verdicts,
      { total: ({ dimension }) => dimension === 'quality', good: passed },
      passRate!.series,
    );
    expectSeries(
      history.inferences,
      { total: () => true, good: (event) => durationMsOf(event) <= 60_000 },
      latency!.series,
    );
    expectSeries(
      history.inferences,
      {
        total: (event) => event.cost_nano_usd !== null,
        good: (event) => event.cost_nano_usd! <= 50_000_000,
        sums: {
          cost_nano_usd: (event) => event.cost_nano_usd!,
          input_tokens: (event) => event.input_tokens,
          output_tokens: (event) => event.output_tokens,
        },
      },
      cost!.series,
    );
    for (const { dimension, series } of expected.rates_without_slo) {
      expectSeries(
        history.verdicts,
        { total: (verdict) => verdict.dimension === dimension, good: passed },
        series,
      );
    }
    for (const wanted of expected.percentiles) {
      expectPercentiles(groups.get(Object.values(wanted.group).join('|'))!.map(durationMsOf), wanted);
    }
  });
});
