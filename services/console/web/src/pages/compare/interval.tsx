import type { ReactNode } from 'react';
import type { Tone } from '../../parts/state-badge.tsx';

const WIDTH = 180;
const HEIGHT = 18;

/** Bounds of a difference beside those of the other rows, on one scale around zero. The row has the numbers: a picture of them alone. */
export function Interval({
  bounds: { low, high },
  seen,
  margin,
  reach,
  tone,
}: {
  readonly bounds: { readonly low: number; readonly high: number };
  readonly seen: number | null;
  readonly margin: number;
  /** The largest difference that is drawn, above 0. */
  readonly reach: number;
  readonly tone: Tone;
}): ReactNode {
  const xOf = (ratio: number): number =>
    WIDTH / 2 + (ratio / Math.max(reach, Number.EPSILON)) * (WIDTH / 2 - 2);
  const y = HEIGHT / 2;
  return (
    <svg className={`interval ${tone}`} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <rect className="margin" x={xOf(-margin)} y={0} width={xOf(margin) - xOf(-margin)} height={HEIGHT} />
      <line className="zero" x1={xOf(0)} x2={xOf(0)} y1={0} y2={HEIGHT} />
      <line className="bounds" x1={xOf(low)} x2={Math.max(xOf(high), xOf(low) + 1)} y1={y} y2={y} />
      {seen === null ? null : <circle className="seen" cx={xOf(seen)} cy={y} r={3} />}
    </svg>
  );
}
