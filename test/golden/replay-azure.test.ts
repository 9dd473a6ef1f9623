import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
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

interface WorkloadTruth {
  readonly rows: number;
  readonly first: string;
  readonly last: string;
  readonly span_s: number;
  readonly context_tokens_sum: number;
  readonly generated_tokens_sum: number;
  readonly context_tokens: Distribution;
  readonly generated_tokens: Distribution;
  readonly interarrival_s: { readonly max: number };
  readonly peak_second: readonly [string, number];
  readonly minutes_with_traffic: number;
  readonly sliding60s_max: Readonly<
    Record<'requests' | 'context_tokens' | 'generated_tokens' | 'total_tokens', number>
  >;
  readonly ten_minute_windows: Readonly<
    Record<
      string,
      {
        readonly n: number;
        readonly context_p95_nearest_rank: number;
        readonly generated_p95_nearest_rank: number;
      }
    >
  >;
  readonly per_minute_requests_context_generated: Readonly<Record<string, readonly [number, number, number]>>;
}
type Workload = 'code' | 'conv' | 'combined';
interface AzureExpected extends Expected {
  readonly minutes: readonly {
    readonly group: { readonly endpoint: Workload };
    readonly minute: string;
    readonly total: number;
    readonly sums: { readonly input_tokens: number; readonly output_tokens: number };
  }[];
}

const truth = exampleJson('azure-llm-2023/ground-truth.json') as Readonly<Record<Workload, WorkloadTruth>>;
const expected = exampleJson('azure-llm-2023/expected.json') as AzureExpected;
const MINUTE_MICROS = 60_000_000;
const minuteOf = (event: Inference) => isoMicros(event.occurred_at).slice(0, 16);
const inputs = (events: readonly Inference[]) => events.map((event) => event.input_tokens);
const outputs = (events: readonly Inference[]) => events.map((event) => event.output_tokens);

/** The largest sum over any (t - 60 s, t]. */
function slidingMax(events: readonly Inference[], weight: (event: Inference) => number): number {
  let [from, total, max] = [0, 0, 0];
  for (const event of events) {
    total += weight(event);
    while (events[from]!.occurred_at <= event.occurred_at - MINUTE_MICROS) total -= weight(events[from++]!);
    max = Math.max(max, total);
  }
  return max;
}

const histories = new Map<Workload, History>();
const events = new Map<Workload, readonly Inference[]>();
beforeAll(async () => {
  for (const workload of ['code', 'conv'] as const) {
    const mapping = `azure-llm-2023/mapping-${workload}.yaml`;
    const history = await replayOf(`azure-llm-2023/data/${workload}.csv`, mapping);
    histories.set(workload, history);
    events.set(workload, history.inferences);
  }
  const both = [...events.get('code')!, ...events.get('conv')!];
  events.set(
    'combined',
    both.sort((left, right) => left.occurred_at - right.occurred_at),
  );
});

describe.each(['code', 'conv', 'combined'] as const)('the replay of azure-llm-2023, %s', (workload) => {
  const wanted = truth[workload];

  test('seven fractional digits give exact microseconds, CRLF and a missing last line end lose no row', () => {
    const all = events.get(workload)!;
    expect(all).toHaveLength(wanted.rows);
    const [first, last] = [all[0]!.occurred_at, all.at(-1)!.occurred_at];
    const asWritten = (micros: number) => `${isoMicros(micros).replace('T', ' ').slice(0, -1)}0`;
    expect(asWritten(first)).toBe(wanted.first);
    expect(asWritten(last)).toBe(wanted.last);
    expect(last - first).toBe(Math.round(wanted.span_s * 1e6));
    const gaps = all.slice(1).map((event, index) => event.occurred_at - all[index]!.occurred_at);
    expect(Math.max(...gaps)).toBe(Math.round(wanted.interarrival_s.max * 1e6));
  });

  test('token sums and percentiles by both definitions', () => {
    const all = events.get(workload)!;
    expect(sum(inputs(all))).toBe(wanted.context_tokens_sum);
    expect(sum(outputs(all))).toBe(wanted.generated_tokens_sum);
    expectPercentiles(inputs(all), wanted.context_tokens);
    expectPercentiles(outputs(all), wanted.generated_tokens);
  });

  test('requests and tokens of every tumbling minute', () => {
    const minutes = groupBy(events.get(workload)!, minuteOf);
    const counted = [...minutes].map(([minute, ofMinute]) => [
      minute,
      [ofMinute.length, sum(inputs(ofMinute)), sum(outputs(ofMinute))],
    ]);
    expect(Object.fromEntries(counted)).toEqual(wanted.per_minute_requests_context_generated);
    expect(minutes.size).toBe(wanted.minutes_with_traffic);
  });

  test('the peak second, sliding minutes and windows of ten minutes', () => {
    const all = events.get(workload)!;
    const seconds = groupBy(all, (event) => isoMicros(event.occurred_at).slice(0, 19).replace('T', ' '));
    expect(Math.max(...[...seconds.values()].map(({ length }) => length))).toBe(wanted.peak_second[1]);
    expect(seconds.get(wanted.peak_second[0])).toHaveLength(wanted.peak_second[1]);
    expect({
      requests: slidingMax(all, () => 1),
      context_tokens: slidingMax(all, (event) => event.input_tokens),
      generated_tokens: slidingMax(all, (event) => event.output_tokens),
      total_tokens: slidingMax(all, (event) => event.input_tokens + event.output_tokens),
    }).toEqual(wanted.sliding60s_max);
    const windows = [...groupBy(all, (event) => `${minuteOf(event).slice(0, 15)}0`)].map(
      ([window, members]) => [
        window,
        {
          n: members.length,
          context_p95_nearest_rank: nearestRank(inputs(members), 95),
          generated_p95_nearest_rank: nearestRank(outputs(members), 95),
        },
      ],
    );
    expect(Object.fromEntries(windows)).toEqual(wanted.ten_minute_windows);
  });
});

describe('the examples of azure-llm-2023', () => {
  test('the files have CRLF line ends, none at the end, and seven fractional digits: the traps are real', () => {
    for (const workload of ['code', 'conv']) {
      const url = new URL(`../../examples/azure-llm-2023/data/${workload}.csv`, import.meta.url);
      const text = readFileSync(url, 'utf8');
      expect(text.split('\r\n').length).toBe(text.split('\n').length);
      expect(text.endsWith('\n')).toBe(false);
      expect(
        text
          .split('\r\n')
          .slice(1)
          .every((line) => /\.\d{7},/.test(line)),
      ).toBe(true);
    }
  });

  test('what was not measured is labelled', () => {
    for (const event of events.get('combined')!) {
      expect([event.ttft_ms, event.cost_nano_usd, event.cost_source]).toEqual([null, null, 'unknown']);
      expect(event.attributes['not_measured']).toContain('status');
    }
  });

  test('the figures of its SLOs are those of expected.json', () => {
    for (const replay of expected.replays) {
      const { source } = histories.get(replay.file.includes('code') ? 'code' : 'conv')!;
      expect([source.totalRows, source.inferenceCount, source.verdictCount]).toEqual([
        replay.rows,
        replay.inferences,
        replay.verdicts,
      ]);
      expect(isoMicros(source.firstLogTimeMicros)).toBe(replay.first_log_time);
      expect(isoMicros(source.lastLogTimeMicros)).toBe(replay.last_log_time);
      expect(source.order).toBe('streamed');
    }
    const all = events.get('combined')!;
    const sums = {
      input_tokens: (event: Inference) => event.input_tokens,
      output_tokens: (event: Inference) => event.output_tokens,
    };
    const [output, context] = expected.slos;
    expectSeries(
      all,
      { total: () => true, good: (event) => event.output_tokens <= 500, sums },
      output!.series,
    );
    expectSeries(
      all,
      { total: () => true, good: (event) => event.input_tokens <= 4096, sums },
      context!.series,
    );
    for (const wanted of expected.percentiles) {
      const ofWorkload = events.get(wanted.group['endpoint'] as Workload)!;
      expectPercentiles(
        ofWorkload.map((event) => event[wanted.field]!),
        wanted,
      );
    }
    const minutes = groupBy(all, (event) => `${event.endpoint} ${minuteOf(event)}:00Z`);
    expect(minutes.size).toBe(expected.minutes.length);
    for (const wanted of expected.minutes) {
      const ofMinute = minutes.get(`${wanted.group.endpoint} ${wanted.minute}`)!;
      expect(ofMinute).toHaveLength(wanted.total);
      const counted = { input_tokens: sum(inputs(ofMinute)), output_tokens: sum(outputs(ofMinute)) };
      expect(counted).toEqual(wanted.sums);
    }
  });
});
