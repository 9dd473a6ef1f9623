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
  const bandsOf = (kind: Happening['kind'], look: Pick<Band, 'color' | 'label'>): readonly Band[] => {
    const stretches = marks.filter((mark) => mark.kind === kind);
    return joined(stretches.map((mark) => ({ fromMs: mark.atMs, toMs: mark.toMs ?? toMs, ...look })));
  };
  return [
    ...bandsOf('alert', { color: '--band', label: 'alert' }),
    ...bandsOf('adjustment', { color: '--band-left-out', label: 'left out' }),
  ];
}

/** Stretches that overlap as one: four tiers that fire together are no darker than one. */
function joined(bands: readonly Band[]): readonly Band[] {
  const whole: Band[] = [];
  for (const band of [...bands].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = whole.at(-1);
    if (last !== undefined && band.fromMs <= last.toMs)
      whole[whole.length - 1] = { ...last, toMs: Math.max(last.toMs, band.toMs) };
    else whole.push(band);
  }
  return whole;
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
  const below = traffic.points.filter(({ isBelowTarget }) => isBelowTarget);
  const look = { color: '--band-breach', label: 'below the objective' };
  return joined(below.map(({ fromMs, toMs }) => ({ fromMs, toMs, ...look })));
}
