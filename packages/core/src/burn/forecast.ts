import { AppError } from '../errors/app-error.ts';
import type { BurnErrorCode } from './burn-error.ts';
import { budgetShareOfTarget, checkCounts, type WindowCounts } from './burn.ts';
import { firstWhere, type Curve } from './forecast-curve.ts';
import type { ExactRatio } from './exact-ratio.ts';

/** What counted in a stretch of time: start included, end not, epoch ms. */
export interface CountBucket extends WindowCounts {
  readonly startMs: number;
  readonly endMs: number;
}

/** So many events, and bad ones, in so much time: what is assumed of the time to come. */
export interface EventRate extends WindowCounts {
  readonly overMs: number;
}

export interface ForecastInput {
  readonly target: ExactRatio;
  /** The instant that is known, epoch ms. */
  readonly atMs: number;
  /** What counted in the period up to the instant, oldest first, none within another. Empty ones may be left out. */
  readonly past: readonly CountBucket[];
  /** Its whole length; `endMs` of a calendar period, at which all of it is over. Without one it rolls. */
  readonly period: { readonly lengthMs: number; readonly endMs?: number };
  /** How much of the period has data behind it at the instant: `filledMs` of its budget. */
  readonly filledMs: number;
  readonly rate: EventRate;
}

/** When a budget runs out, by what is known and a rate that is assumed. Instants are epoch ms. */
export type Forecast =
  /** Nothing counted in the period, and nothing is assumed to come. */
  | { readonly kind: 'no_traffic' }
  /** It is overspent. `recoversAtMs`: when enough that was bad has left the period; null: not in this period, or never at this rate. */
  | { readonly kind: 'spent'; readonly recoversAtMs: number | null }
  /** The first millisecond at which it is overspent, and when it recovers from that. */
  | { readonly kind: 'runs_out'; readonly atMs: number; readonly recoversAtMs: number | null }
  /** Not before its calendar period ends. */
  | { readonly kind: 'lasts'; readonly untilMs: number }
  /** Of a rolling period: never at this rate. */
  | { readonly kind: 'never' };

/** A stretch of the future, ms from the instant, both ends included, in which at most one bucket of the past leaves. */
interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly curve: Curve;
}

/** What a stretch is made of: counts that stay, and a bucket that leaves until `goneMs` (from the instant). */
interface Leaving {
  readonly rest: { readonly bad: bigint; readonly total: bigint };
  readonly bucket: WindowCounts & { readonly widthMs: number; readonly goneMs: number };
}

const NOTHING_LEAVES = { bad: 0, total: 0, widthMs: 1, goneMs: 0 };

/**
 * The first instant at which a budget is overspent, if what comes is as the rate says; by the rule that judges it: in a period
 * that is only partly filled by the projection to the whole of it (see `budgetOf`).
 *
 * Of a rolling period, old events leave as time passes. Of a bucket as much has left as the period has passed of its length, so
 * an instant is as exact as buckets are narrow; given the buckets, it is the exact millisecond.
 *
 * @throws AppError COUNTS_INVALID, TARGET_INVALID, WINDOW_INVALID
 */
export function forecastOf(input: ForecastInput): Forecast {
  checkInput(input);
  const { past, period, atMs, rate } = input;
  if (rate.total === 0 && past.every(({ total }) => total === 0)) return { kind: 'no_traffic' };
  const stretches = period.endMs === undefined ? rollingStretches(input) : calendarStretches(input);
  const spentMs = firstOf(stretches, { fromMs: 0, isSpent: true });
  if (spentMs === null)
    return period.endMs === undefined ? { kind: 'never' } : { kind: 'lasts', untilMs: period.endMs };
  const backMs = firstOf(stretches, { fromMs: spentMs, isSpent: false });
  const recoversAtMs = backMs === null ? null : atMs + backMs;
  if (spentMs === 0) return { kind: 'spent', recoversAtMs };
  return { kind: 'runs_out', atMs: atMs + spentMs, recoversAtMs };
}

/**
 * The rate of the last events: what buckets from an instant on hold, over the time since. Buckets that begin earlier are left
 * out, so the instant should be an edge.
 */
export function rateSince(past: readonly CountBucket[], fromMs: number, atMs: number): EventRate {
  const recent = past.filter(({ startMs }) => startMs >= fromMs);
  return {
    bad: recent.reduce((sum, { bad }) => sum + bad, 0),
    total: recent.reduce((sum, { total }) => sum + total, 0),
    overMs: Math.max(1, atMs - fromMs),
  };
}

function checkInput({ past, period, atMs, filledMs, rate }: ForecastInput): void {
  const lastEndMs = past.reduce(
    (endMs, bucket) => (bucket.startMs >= endMs && bucket.endMs > bucket.startMs ? bucket.endMs : NaN),
    -Infinity,
  );
  const times = [atMs, period.lengthMs, filledMs, rate.overMs, ...past.map(({ endMs }) => endMs)];
  // A bucket that has left would count for ever.
  const oldestMs = period.endMs === undefined ? atMs - period.lengthMs : -Infinity;
  const isPlaced = past.length === 0 || (lastEndMs <= atMs && past.every(({ endMs }) => endMs > oldestMs));
  const isWhole = times.every(Number.isSafeInteger);
  if (
    !isPlaced ||
    !isWhole ||
    period.lengthMs <= 0 ||
    filledMs < 0 ||
    filledMs > period.lengthMs ||
    rate.overMs <= 0
  )
    throw new AppError<BurnErrorCode>(
      'WINDOW_INVALID',
      'The past of a forecast must be buckets in order up to its instant, in whole milliseconds, within a period above 0.',
      { remedy: 'Give the hours of the period, cut at the instant, and a rate over some time.' },
    );
  for (const counts of [...past, rate]) checkCounts(counts);
}

/** The first instant, ms from now, from which on or at which the budget is overspent, or is not. */
function firstOf(
  stretches: readonly Stretch[],
  { fromMs, isSpent }: { readonly fromMs: number; readonly isSpent: boolean },
): number | null {
  for (const { toMs, curve, ...stretch } of stretches) {
    if (toMs < fromMs) continue;
    const found = firstWhere(curve, { fromMs: Math.max(fromMs, stretch.fromMs), toMs }, isSpent);
    if (found !== null) return found;
  }
  return null;
}

/**
 * What is left of the budget as a curve, times a positive number: total x (1 - target) - bad x filled / length. Total and bad
 * are straight lines within a stretch, and so is what is filled.
 */
function curveOf(input: ForecastInput, { rest, bucket }: Leaving, isFilling: boolean): Curve {
  const { rate, period, filledMs } = input;
  const share = budgetShareOfTarget(input.target);
  const [width, over, length] = [BigInt(bucket.widthMs), BigInt(rate.overMs), BigInt(period.lengthMs)];
  // rest + leaving x (gone - x) / width + rate x / over, all times width x over.
  const line = (name: 'bad' | 'total'): readonly [atZero: bigint, perMs: bigint] => {
    const leaving = BigInt(bucket[name]) * over;
    return [
      rest[name] * width * over + leaving * BigInt(bucket.goneMs),
      BigInt(rate[name]) * width - leaving,
    ];
  };
  const [[bad, badPerMs], [total, totalPerMs]] = [line('bad'), line('total')];
  const [allowed, spent] = [BigInt(share.numerator) * length, BigInt(share.denominator)];
  const [filled, filledPerMs] = isFilling ? [BigInt(filledMs), 1n] : [length, 0n];
  return {
    a: -spent * badPerMs * filledPerMs,
    b: allowed * totalPerMs - spent * (bad * filledPerMs + badPerMs * filled),
    c: allowed * total - spent * bad * filled,
  };
}

const sumOf = (past: readonly CountBucket[]): Leaving['rest'] => ({
  bad: past.reduce((sum, { bad }) => sum + BigInt(bad), 0n),
  total: past.reduce((sum, { total }) => sum + BigInt(total), 0n),
});

/** In a calendar period nothing leaves: one stretch up to its last millisecond. */
function calendarStretches(input: ForecastInput): readonly Stretch[] {
  const { atMs, period, past } = input;
  const toMs = Math.max(0, (period.endMs ?? atMs) - 1 - atMs);
  const leaving = { rest: sumOf(past), bucket: NOTHING_LEAVES };
  return withFilling(input, [{ fromMs: 0, toMs, leaving }]);
}

/** Up to the instant at which the whole past has left: from there on nothing changes. */
function rollingStretches(input: ForecastInput): readonly Stretch[] {
  const { atMs, period, past } = input;
  const parts: PlainStretch[] = [];
  let rest = sumOf(past);
  let fromMs = 0;
  for (const bucket of past.filter(({ total }) => total > 0)) {
    // What the period counts of it is all of it, even if its edge was cut at a bucket before.
    const startMs = Math.max(0, bucket.startMs + period.lengthMs - atMs);
    const goneMs = bucket.endMs + period.lengthMs - atMs;
    if (startMs > fromMs) parts.push({ fromMs, toMs: startMs, leaving: { rest, bucket: NOTHING_LEAVES } });
    rest = { bad: rest.bad - BigInt(bucket.bad), total: rest.total - BigInt(bucket.total) };
    const { bad, total } = bucket;
    const leaving = { rest, bucket: { bad, total, goneMs, widthMs: Math.max(1, goneMs - startMs) } };
    parts.push({ fromMs: startMs, toMs: goneMs, leaving });
    fromMs = goneMs;
  }
  parts.push({
    fromMs,
    toMs: Math.max(fromMs, period.lengthMs),
    leaving: { rest, bucket: NOTHING_LEAVES },
  });
  return withFilling(input, parts);
}

type PlainStretch = Omit<Stretch, 'curve'> & { readonly leaving: Leaving };

/** The stretches with their curves, cut where the period is filled. */
function withFilling(input: ForecastInput, parts: readonly PlainStretch[]): readonly Stretch[] {
  const fullMs = input.period.lengthMs - input.filledMs;
  return parts.flatMap(({ fromMs, toMs, leaving }) => {
    const filling = { fromMs, toMs: Math.min(toMs, fullMs), isFilling: true };
    const full = { fromMs: Math.max(fromMs, fullMs), toMs, isFilling: false };
    return [filling, full]
      .filter((one) => one.fromMs <= one.toMs)
      .map(({ isFilling, ...one }) => ({ ...one, curve: curveOf(input, leaving, isFilling) }));
  });
}
