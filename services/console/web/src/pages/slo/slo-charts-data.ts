import type { Mark as Happening, SloHistory } from '../../../../src/api/contract/index.ts';
import type { ChartPoint } from '../../charts/align.ts';
import type { Band, Mark } from '../../charts/overlays.ts';

/** The answer's points as charts take them. Nothing is computed here but which of the figures is drawn. */

interface Bucket {
  readonly fromMs: number;
  readonly toMs: number;
  readonly isOpen: boolean;
}

export function pointsOf<Point extends Bucket>(
  points: readonly Point[],
  valueOf: (point: Point) => number | null,
): readonly ChartPoint[] {
  return points.map((point) => ({
    fromMs: point.fromMs,
    toMs: point.toMs,
    isOpen: point.isOpen,
    value: valueOf(point),
  }));
}

/** How fast the budget burnt in one of a tier's windows. */
export function burnPoints({ burn }: SloHistory, windowMs: number): readonly ChartPoint[] {
  return pointsOf(
    burn.points,
    ({ windows }) => windows.find((window) => window.windowMs === windowMs)?.burnRate ?? null,
  );
}

const isLasting = ({ kind }: Happening): boolean => kind === 'alert' || kind === 'adjustment';

/** Alerts, and stretches left out of the budget, over the charts; what goes on lasts to the end of the chart. */
export function happeningBands({ marks, toMs }: SloHistory): readonly Band[] {
  return marks.filter(isLasting).map((mark) => ({
    fromMs: mark.atMs,
    toMs: mark.toMs ?? toMs,
    color: mark.kind === 'alert' ? '--band' : '--band-left-out',
    label: mark.text,
  }));
}

/** Changes of models, prompts, deployments and specs as lines. */
export function happeningMarks({ marks }: SloHistory): readonly Mark[] {
  return marks
    .filter((mark) => !isLasting(mark))
    .map(({ atMs, text }) => ({ atMs, color: '--accent', label: text }));
}

/** Where the budget was overspent. */
export function overspentBands({ breached }: SloHistory): readonly Band[] {
  return breached.map(({ fromMs, toMs }) => ({
    fromMs,
    toMs,
    color: '--band-breach',
    label: 'budget overspent',
  }));
}

/** Neighbouring buckets below the objective as one stretch. */
export function belowTargetBands({ traffic }: SloHistory): readonly Band[] {
  const bands: Band[] = [];
  for (const { fromMs, toMs, isBelowTarget } of traffic.points) {
    if (!isBelowTarget) continue;
    const last = bands.at(-1);
    if (last?.toMs === fromMs) bands[bands.length - 1] = { ...last, toMs };
    else bands.push({ fromMs, toMs, color: '--band-breach', label: 'below the objective' });
  }
  return bands;
}
