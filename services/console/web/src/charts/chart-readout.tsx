import type { ReactNode } from 'react';
import { formatInstant, formatShortInstant } from '../parts/format.ts';
import type { Aligned } from './align.ts';
import type { ChartProps } from './chart-props.ts';

/** A value of one bucket, open or not. */
export function valueAt({ series }: Aligned, of: number, index: number): number | null {
  const columns = series[of];
  return columns?.closed[index] ?? columns?.open[index] ?? null;
}

/** Whether any series has a value in a bucket. */
export function hasValue(aligned: Aligned, index: number): boolean {
  return aligned.series.some((_, of) => valueAt(aligned, of, index) !== null);
}

function lastWithValue(aligned: Aligned): number {
  return aligned.times.findLastIndex((_, index) => hasValue(aligned, index));
}

/** `16 Nov 18:30 - 18:35`, in UTC. */
export function bucketText(startS: number, stepMs: number): string {
  const fromMs = startS * 1_000;
  const end = formatInstant(fromMs + stepMs).slice(11, stepMs < 60_000 ? 19 : 16);
  const start =
    stepMs < 60_000
      ? `${formatShortInstant(fromMs)}:${formatInstant(fromMs).slice(17, 19)}`
      : formatShortInstant(fromMs);
  return stepMs >= 86_400_000 ? formatInstant(fromMs).slice(0, 10) : `${start} - ${end}`;
}

/** The legend, which says the figures of the bucket under the crosshair; of the last one while there is none. */
export function ChartReadout({
  chart,
  aligned,
  index,
}: {
  readonly chart: ChartProps;
  readonly aligned: Aligned;
  readonly index: number | null;
}): ReactNode {
  const at = index ?? lastWithValue(aligned);
  const startS = aligned.times[at];
  return (
    <div className="readout">
      {chart.series.map(({ name, color }, of) => (
        <span key={name} className="key">
          <i className={`swatch ${color.slice(2)}`} />
          {name} <b>{startS === undefined ? '-' : chart.format(valueAt(aligned, of, at))}</b>
        </span>
      ))}
      {startS === undefined ? null : (
        <span className="when">
          {index === null ? 'last: ' : ''}
          {bucketText(startS, aligned.stepMs)}
        </span>
      )}
    </div>
  );
}
