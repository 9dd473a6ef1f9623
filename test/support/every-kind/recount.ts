import { driftFigure } from '../naive-slices.ts';
import type { Answer, DrawnHistory, Judged } from './history.ts';

const SLICE_MS = 5 * 60_000;

const thousandths = (weight: number): bigint => BigInt(Math.round(weight * 1_000));
const sum = (values: readonly bigint[]): bigint => values.reduce((all, one) => all + one, 0n);
const unitsOf = (value: number, decimals: number): bigint => BigInt(Math.floor(value * 10 ** decimals + 0.5));

/**
 * Good and total of every kind over a history, event by event and slice by slice. `seenMs`: what came by then; slices are over at
 * `atMs`.
 */
export function recountEveryKind(
  { answers, verdicts }: Pick<DrawnHistory, 'answers' | 'verdicts'>,
  { atMs, seenMs }: { readonly atMs: number; readonly seenMs: number },
): Record<string, readonly [good: number, total: number]> {
  const slices = <One extends { readonly atMs: number; readonly seenMs: number }>(
    all: readonly One[],
    lengthMs = SLICE_MS,
  ) => {
    const found = new Map<number, One[]>();
    for (const one of all.filter((one) => one.seenMs <= seenMs)) {
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
  const known = answers.filter((one) => one.seenMs <= seenMs && one.atMs < atMs);
  return {
    ...countedEvents(known),
    observed: counts([...own.values()].map(isUp)),
    expected: counts(expected),
    shares: [shares.reduce((all, one) => all + one, 0), shares.length * SLICE_MS],
    error: counts(errors.map(isClose)),
    score: counts(scored.map(isRanked)),
    calibrated: counts(scored.filter(({ length }) => length >= 2).map(isCalibrated)),
    tokens: counts([...own.values()].flatMap(tokenStates)),
    requests: counts([...own.values()].map((some) => weightOf(some) < 1_000n * 15n)),
    drift: counts(driftStates(hours)),
    reasons: counts(reasonStates(hours, 'psi')),
    'reason-chances': counts(reasonStates(hours, 'chi-square')),
  };
}

/** Kinds that count events, or entities, one by one. */
function countedEvents(known: readonly Answer[]): Record<string, readonly [number, number]> {
  const stands = (some: readonly Answer[], of: (one: Answer) => number): number =>
    Number(sum(some.map((one) => thousandths(one.weight) * BigInt(of(one)))) / 1_000n);
  const rounded = (some: readonly Answer[]): number =>
    Math.round(Number(sum(some.map(({ weight }) => thousandths(weight)))) / 1_000);
  const ok = known.filter(({ isOk }) => isOk);
  const shared = known.filter(({ done }) => done !== null);
  const tasks = new Map<string, number>();
  for (const { task, tokens, weight } of known)
    if (task !== null) tasks.set(task, (tasks.get(task) ?? 0) + tokens * weight);
  return {
    answered: [rounded(ok), rounded(known)],
    weighed: [stands(ok, ({ tokens }) => tokens), stands(known, ({ tokens }) => tokens)],
    fast: [rounded(known.filter(({ durationMs }) => durationMs <= 1_000)), rounded(known)],
    done: [stands(shared, ({ done }) => Math.round(done! * 1e6)), stands(shared, () => 1e6)],
    spend: [[...tasks.values()].filter((tokens) => tokens <= 1_500).length, tasks.size],
  };
}

/** Tokens per minute against four fifths of the mean of the quotas that events say; without any there is no state. */
function tokenStates(some: readonly Answer[]): readonly boolean[] {
  const said = some.filter(({ quota }) => quota !== null);
  if (said.length === 0) return [];
  const weigh = (all: readonly Answer[], of: (one: Answer) => number): bigint =>
    sum(all.map((one) => thousandths(one.weight) * BigInt(of(one))));
  const used = weigh(some, ({ tokens }) => tokens);
  // used / 1000 / 5 <= 0.8 x quotas / sayers
  return [10n * used * weigh(said, () => 1) <= 8n * 5n * 1_000n * weigh(said, ({ quota }) => quota!)];
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
