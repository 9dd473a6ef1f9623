import type { ReactNode } from 'react';
import type { SloSeries } from '../../../../src/api/contract/index.ts';
import { formatCount, formatInstant, formatPercent } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Tip } from '../../parts/tip.tsx';

const TONES: Readonly<Record<string, string>> = { ok: 'good', at_risk: 'warn', breached: 'bad' };

/** Calendar periods that are over, one cell each, as they were reported. */
export function ClosedPeriods({ periods }: { readonly periods: SloSeries['closedPeriods'] }): ReactNode {
  if (periods.length === 0) return null;
  return (
    <Section title="Periods before" about="As they were reported when they were over; the oldest first.">
      <ol className="period-cells">
        {[...periods].reverse().map((period) => (
          <li key={period.fromMs} className={`period ${TONES[period.state] ?? 'quiet'}`}>
            <Tip
              text={`${period.state}, ${formatCount(period.bad)} bad of ${formatCount(period.total)}${period.isRestated ? '; later data changed it since' : ''}`}
            >
              <b>{formatPercent(period.remainingRatio, 1)}</b>
              <span>
                {formatInstant(period.fromMs).slice(0, 10)}
                {period.isRestated ? ' restated' : ''}
              </span>
            </Tip>
          </li>
        ))}
      </ol>
    </Section>
  );
}
