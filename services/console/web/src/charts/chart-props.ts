import type { ReactNode } from 'react';
import type { ChartPoint, Missing, TimeRange } from './align.ts';
import type { Band, Mark, Threshold } from './overlays.ts';
import type { PlotSeries } from './plot-options.ts';

export interface ChartSeries {
  readonly name: string;
  readonly kind: PlotSeries['kind'];
  /** A custom property of theme/tokens.css; of an entity, `colorProperty(name)`. */
  readonly color: string;
  readonly points: readonly ChartPoint[];
  readonly missing: Missing;
}

export interface ChartProps {
  readonly title: string;
  /** For those who do not see it: what it shows, in a sentence. */
  readonly summary: string;
  readonly note?: ReactNode;
  readonly series: readonly ChartSeries[];
  readonly stepMs: number;
  readonly range: TimeRange;
  readonly format: (value: number | null) => string;
  readonly formatAxis?: (value: number) => string;
  readonly height?: number;
  readonly bands?: readonly Band[];
  readonly marks?: readonly Mark[];
  readonly thresholds?: readonly Threshold[];
  readonly syncKey?: string;
  readonly onRange?: (range: TimeRange) => void;
  readonly sql?: string;
}
