/** a x^2 + b x + c over whole milliseconds, with integers of any size. */
export interface Curve {
  readonly a: bigint;
  readonly b: bigint;
  readonly c: bigint;
}

/** Whole milliseconds, both ends included. */
export interface CurveRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const valueAt = ({ a, b, c }: Curve, atMs: number): bigint => {
  const x = BigInt(atMs);
  return (a * x + b) * x + c;
};

/** The largest integer that is not above numerator / denominator. */
function floorDivide(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const isCut = numerator % denominator !== 0n && numerator < 0n !== denominator < 0n;
  return isCut ? quotient - 1n : quotient;
}

/** The range cut where the curve turns: in each part it only rises or only falls. */
function monotoneParts({ a, b }: Curve, { fromMs, toMs }: CurveRange): readonly CurveRange[] {
  if (a === 0n) return [{ fromMs, toMs }];
  const turnsAt = floorDivide(-b, 2n * a);
  if (turnsAt < BigInt(fromMs) || turnsAt >= BigInt(toMs)) return [{ fromMs, toMs }];
  const turnMs = Number(turnsAt);
  return [
    { fromMs, toMs: turnMs },
    { fromMs: turnMs + 1, toMs },
  ];
}

/** The first millisecond of a range at which a curve is below 0 (`isBelow`) or not below it; null where it never is. */
export function firstWhere(curve: Curve, range: CurveRange, isBelow: boolean): number | null {
  const holds = (atMs: number): boolean => valueAt(curve, atMs) < 0n === isBelow;
  for (const { fromMs, toMs } of monotoneParts(curve, range)) {
    if (holds(fromMs)) return fromMs;
    if (!holds(toMs)) continue;
    let [not, does] = [fromMs, toMs];
    while (does - not > 1) {
      const middle = Math.floor((not + does) / 2);
      if (holds(middle)) does = middle;
      else not = middle;
    }
    return does;
  }
  return null;
}
