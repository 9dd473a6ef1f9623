import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../delivery/model/random.ts';
import { runCliJson } from '../support/burnline-cli.ts';
import { driftFigure } from '../support/naive-slices.ts';

/**
 * Goal: every kind that judges slices of time gives its exact figures through the whole command, at a history's end and at any
 * moment before.
 *
 * Method: a file of events and of late verdicts drawn from a printed seed, with repeated ids, sampled events and hours of
 * silence, recounted here event by event.
 */
const SEED = Number(process.env['BURNLINE_SEED'] ?? Date.now() % 100_000);
const MINUTE_MS = 60_000;
const SLICE_MS = 5 * MINUTE_MS;
const START_MS = Date.UTC(2025, 5, 3, 7, 2, 0);

interface Answer {
  readonly id: string;
  /** When it is seen: the end of the minute of its log time. */
  readonly seenMs: number;
  readonly atMs: number;
  readonly isOk: boolean;
  readonly weight: number;
  readonly predicted: number;
  readonly expected: number;
  readonly characters: number;
  readonly reason: string | null;
}
interface Judged {
  readonly id: string;
  readonly seenMs: number;
  readonly atMs: number;
  readonly score: number | null;
  readonly passed: boolean;
}

const idOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const minuteAfter = (ms: number): number => (Math.floor(ms / MINUTE_MS) + 1) * MINUTE_MS;

function drawn(random: Random): {
  readonly lines: string;
  readonly answers: Answer[];
  readonly verdicts: Judged[];
} {
  const answers: Answer[] = [];
  const verdicts: Judged[] = [];
  const records: { readonly logMs: number; readonly line: string }[] = [];
  let atMs = START_MS;
  for (let number = 0; number < 1_200; number += 1) {
    atMs += random.chance(0.01) ? random.below(90 * MINUTE_MS) : random.below(MINUTE_MS);
    const isLater = atMs > START_MS + 10 * 3_600_000;
    const answer: Answer = {
      id: idOf(number),
      seenMs: minuteAfter(atMs),
      atMs,
      isOk: random.chance(Math.floor(atMs / 3_600_000) % 3 === 0 ? 0.6 : 0.97),
      weight: random.pick([1, 1, 1, 2.5]),
      predicted: random.next(),
      expected: random.next(),
      characters: Math.round(2 ** (random.next() * 4 + (isLater ? 8 : 6))),
      reason: random.pick(
        isLater ? ['stop', 'length', 'tool_calls', null] : ['stop', 'stop', 'length', null],
      ),
    };
    answers.push(answer);
    const line = JSON.stringify({
      event_id: answer.id,
      occurred_at: new Date(atMs).toISOString(),
      service: 'slices',
      provider: 'p',
      model_requested: 'm',
      status: answer.isOk ? 'ok' : 'error',
      duration_ms: 10,
      sample_weight: answer.weight,
      finish_reason: answer.reason,
      measures: {
        predicted: answer.predicted,
        expected: answer.expected,
        characters: answer.characters,
      },
    });
    records.push({ logMs: atMs, line });
    // The same event again, right after itself.
    if (random.chance(0.05)) records.push({ logMs: atMs, line });
    if (random.chance(0.4)) continue;
    const judgedMs = atMs + random.below(random.pick([MINUTE_MS, 180 * MINUTE_MS]));
    const score = random.pick([null, random.next(), 0.5 + random.next() / 2]);
    const passed = random.chance(score ?? 0.5);
    verdicts.push({ id: idOf(1_000_000 + number), seenMs: minuteAfter(judgedMs), atMs, score, passed });
    const verdict = {
      event_id: idOf(1_000_000 + number),
      judged_at: new Date(judgedMs).toISOString(),
      inference_at: new Date(atMs).toISOString(),
      evaluator: 'ndcg',
      dimension: 'ranking',
      service: 'slices',
      provider: 'p',
      model_requested: 'm',
      passed,
      ...(score !== null && { score }),
    };
    records.push({ logMs: judgedMs, line: JSON.stringify({ verdict }) });
  }
  records.sort((left, right) => left.logMs - right.logMs);
  return { lines: records.map(({ line }) => line).join('\n'), answers, verdicts };
}

const slo = (
  name: string,
  indicator: string,
  method: string,
  objective: string,
  annotations = '',
): string => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name}, annotations: { ${annotations} } }
spec:
  service: slices
  indicator: { metadata: { name: ${name} }, spec: { ${indicator} } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: ${method}
  objectives: [{ target: 0.9, timeSliceWindow: 5m, ${objective} }]`;
const OK =
  'ratioMetric: { counter: false, good: { metricSource: { type: burnline, spec: { where: "status == \'ok\'" } } }, total: { metricSource: { type: burnline, spec: {} } } }';
const measured = (source: string): string =>
  `thresholdMetric: { metricSource: { type: burnline, spec: { ${source} } } }`;
const HOURLY = `
  alertPolicies:
    - kind: AlertPolicy
      metadata: { name: moved }
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata: { name: moved }
            spec:
              severity: ticket
              condition: { kind: burnrate, op: gte, threshold: 1, lookbackWindow: 1d }
        notificationTargets: [{ kind: AlertNotificationTarget, metadata: { name: hook }, spec: { target: webhook } }]`;
const hourly = (name: string, source: string, objective: string): string =>
  slo(name, measured(source), 'Timeslices', objective).replace('timeSliceWindow: 5m', 'timeSliceWindow: 1h') +
  HOURLY;
const SPECS = [
  '\napiVersion: openslo/v1\nkind: Service\nmetadata: { name: slices }\nspec: {}',
  slo('observed', OK, 'Timeslices', 'timeSliceTarget: 0.9'),
  slo(
    'expected',
    OK,
    'Timeslices',
    'timeSliceTarget: 0.9',
    'burnline.dev/empty-slices: bad, burnline.dev/hold-state: 15m',
  ),
  slo('shares', OK, 'RatioTimeslices', ''),
  slo(
    'error',
    measured('field: measures.predicted, minus: measures.expected, aggregate: root-mean-square, minimum: 3'),
    'Timeslices',
    'op: lt, value: 0.4',
  ),
  slo(
    'score',
    measured('stream: verdicts, field: score, aggregate: mean'),
    'Timeslices',
    'op: gte, value: 0.6',
  ),
  slo(
    'calibrated',
    measured('stream: verdicts, field: score, aggregate: calibration-error, bins: 4, minimum: 2'),
    'Timeslices',
    'op: lt, value: 0.3',
  ),
  ...(
    [
      ['reasons', 'statistic: psi', 'op: lt, value: 0.2'],
      ['reason-chances', 'statistic: chi-square, categories: [stop, length]', 'op: gte, value: 0.05'],
    ] as const
  ).map(([name, drift, objective]) =>
    hourly(name, `field: finish_reason, drift: { ${drift}, trailing: 3h, minimum: 5 }`, objective),
  ),
  hourly(
    'drift',
    'field: measures.characters, drift: { statistic: kolmogorov-smirnov, trailing: 3h, minimum: 5 }',
    'op: lte, value: 0.5',
  ),
].join('\n---');

const thousandths = (weight: number): bigint => BigInt(Math.round(weight * 1_000));
const sum = (values: readonly bigint[]): bigint => values.reduce((all, one) => all + one, 0n);
const unitsOf = (value: number, decimals: number): bigint => BigInt(Math.floor(value * 10 ** decimals + 0.5));

/** Good and total at an instant on the minute, slice by slice. */
function recount(
  { answers, verdicts }: { readonly answers: readonly Answer[]; readonly verdicts: readonly Judged[] },
  atMs: number,
): Record<string, readonly [number, number]> {
  const slices = <One extends { readonly atMs: number; readonly seenMs: number }>(
    all: readonly One[],
    lengthMs = SLICE_MS,
  ) => {
    const found = new Map<number, One[]>();
    for (const one of all.filter(({ seenMs }) => seenMs <= atMs)) {
      const slice = Math.floor(one.atMs / lengthMs);
      if ((slice + 1) * lengthMs <= atMs) found.set(slice, [...(found.get(slice) ?? []), one]);
    }
    return found;
  };
  const own = slices(answers);
  const weightOf = (some: readonly Answer[]): bigint => sum(some.map(({ weight }) => thousandths(weight)));
  const okOf = (some: readonly Answer[]): bigint => weightOf(some.filter(({ isOk }) => isOk));
  const isUp = (some: readonly Answer[]): boolean => 10n * okOf(some) >= 9n * weightOf(some);
  const counts = (states: readonly boolean[]): [number, number] => [
    states.filter(Boolean).length,
    states.length,
  ];

  const expected: boolean[] = [];
  const first = Math.floor(Math.min(...answers.map((one) => one.atMs)) / SLICE_MS);
  for (let slice = first; (slice + 1) * SLICE_MS <= atMs; slice += 1) {
    const held = [0, 1, 2, 3].map((age) => own.get(slice - age)).find((some) => some !== undefined);
    expected.push(held !== undefined && isUp(held));
  }
  const shares = [...own.values()].map((some) => Number((okOf(some) * BigInt(SLICE_MS)) / weightOf(some)));
  const errors = [...own.values()].filter(({ length }) => length >= 3);
  const isClose = (some: readonly Answer[]): boolean => {
    const squares = some.map(
      (one) => (unitsOf(one.predicted, 4) - unitsOf(one.expected, 4)) ** 2n * thousandths(one.weight),
    );
    return 100n * sum(squares) < 16n * weightOf(some) * 10n ** 8n;
  };
  const scored = [...slices(verdicts.filter(({ score }) => score !== null)).values()];
  const isRanked = (some: readonly Judged[]): boolean =>
    10n * sum(some.map(({ score }) => unitsOf(score!, 6))) >= 6n * BigInt(some.length) * 10n ** 6n;
  const isCalibrated = (some: readonly Judged[]): boolean => {
    const gaps = [0n, 0n, 0n, 0n];
    for (const { score, passed } of some) {
      const units = unitsOf(score!, 6);
      gaps[Math.max(1, Math.ceil(Number(units) / 250_000)) - 1]! += units - (passed ? 1_000_000n : 0n);
    }
    const off = sum(gaps.map((gap) => (gap < 0n ? -gap : gap)));
    return 10n * off < 3n * BigInt(some.length) * 1_000_000n;
  };
  const hours = slices(answers, 12 * SLICE_MS);
  return {
    observed: counts([...own.values()].map(isUp)),
    expected: counts(expected),
    shares: [shares.reduce((all, one) => all + one, 0), shares.length * SLICE_MS],
    error: counts(errors.map(isClose)),
    score: counts(scored.map(isRanked)),
    calibrated: counts(scored.filter(({ length }) => length >= 2).map(isCalibrated)),
    drift: counts(driftStates(hours)),
    reasons: counts(reasonStates(hours, 'psi')),
    'reason-chances': counts(reasonStates(hours, 'chi-square')),
  };
}

/** Two buckets per octave, upper bounds included; an hour against the three before it. */
function driftStates(own: ReadonlyMap<number, readonly Answer[]>): readonly boolean[] {
  const states: boolean[] = [];
  for (const [slice, some] of own) {
    const others = [1, 2, 3].map((ago) => own.get(slice - ago) ?? []).flat();
    const weight = (all: readonly Answer[], bucket: number): number =>
      all
        .filter((one) => Math.ceil(2 * Math.log2(one.characters) - 1e-9) <= bucket)
        .reduce((total, one) => total + one.weight, 0);
    const [total, otherTotal] = [weight(some, Infinity), weight(others, Infinity)];
    if (total < 5 || otherTotal < 5) continue;
    const distances = Array.from({ length: 40 }, (_, bucket) =>
      Math.abs(weight(some, bucket) / total - weight(others, bucket) / otherTotal),
    );
    states.push(Math.max(...distances) <= 0.5 + 1e-12);
  }
  return states;
}

/** Reasons of an hour against those of the three before it: weighed for psi, seen and with all but two as one for the test. */
function reasonStates(
  own: ReadonlyMap<number, readonly Answer[]>,
  statistic: 'psi' | 'chi-square',
): readonly boolean[] {
  const names = statistic === 'psi' ? ['stop', 'length', 'tool_calls'] : ['stop', 'length'];
  const countsOf = (some: readonly Answer[]): Map<number, number> => {
    const counts = new Map<number, number>();
    for (const { reason, weight } of some) {
      if (reason === null) continue;
      const place = names.indexOf(reason);
      counts.set(place, (counts.get(place) ?? 0) + (statistic === 'psi' ? weight : 1));
    }
    return counts;
  };
  const total = (counts: Map<number, number>): number =>
    [...counts.values()].reduce((all, one) => all + one, 0);
  return [...own].flatMap(([slice, some]) => {
    const others = countsOf([1, 2, 3].flatMap((ago) => own.get(slice - ago) ?? []));
    const counts = countsOf(some);
    if (total(counts) < 5 || total(others) < 5) return [];
    const figure = driftFigure(counts, others, statistic);
    return [statistic === 'psi' ? figure < 0.2 : figure >= 0.05];
  });
}

interface StatusAnswer {
  readonly series: readonly { readonly slo: string; readonly good: number; readonly total: number }[];
}
const figuresOf = ({ series }: StatusAnswer): Record<string, readonly [number, number]> =>
  Object.fromEntries(series.map((one) => [one.slo, [one.good, one.total]]));

let root: string;

describe('slices of a whole history', () => {
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'burnline-slices-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('give their exact figures, at its end and as of any moment', { timeout: 240_000 }, async () => {
    console.log(`history seed ${SEED} (BURNLINE_SEED)`);
    const history = drawn(new Random(SEED));
    const file = (name: string): string => path.join(root, name);
    await writeFile(file('events.ndjson'), history.lines);
    await writeFile(file('slos.yaml'), SPECS);
    const dataDir = ['--data-dir', file('data')];
    const replay = await runCliJson<StatusAnswer>([
      'replay',
      file('events.ndjson'),
      ...['--specs', file('slos.yaml')],
      ...dataDir,
    ]);
    const endMs = Math.max(...[...history.answers, ...history.verdicts].map(({ seenMs }) => seenMs));
    expect(figuresOf(replay)).toEqual(recount(history, endMs));
    for (const share of [0.11, 0.42, 0.73, 0.95]) {
      const asOfMs = Math.floor((START_MS + (endMs - START_MS) * share) / MINUTE_MS) * MINUTE_MS;
      const answer = await runCliJson<StatusAnswer>([
        'status',
        '--as-of',
        new Date(asOfMs).toISOString(),
        ...dataDir,
      ]);
      const wanted = Object.entries(recount(history, asOfMs)).filter(([, [, total]]) => total > 0);
      const found = Object.entries(figuresOf(answer)).filter(([, [, total]]) => total > 0);
      expect(Object.fromEntries(found), `as of ${new Date(asOfMs).toISOString()}`).toEqual(
        Object.fromEntries(wanted),
      );
    }
  });
});
