import type { ReactNode } from 'react';
import type { Tone } from './state-badge.tsx';

/** A share as a bar under its figure, which says the same: readers of screens have the figure. Overspent is full and red. */
export function Meter({ ratio, tone }: { readonly ratio: number | null; readonly tone: Tone }): ReactNode {
  const shown = ratio === null ? 0 : ratio < 0 ? 1 : Math.min(ratio, 1);
  return (
    <span className={`meter ${ratio !== null && ratio < 0 ? 'bad' : tone}`} aria-hidden="true">
      <i style={{ width: `${shown * 100}%` }} />
    </span>
  );
}
