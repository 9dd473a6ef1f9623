import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { SloSeries } from '../../../../src/api/contract/index.ts';
import { budgetNote, spentText } from '../../parts/budget-text.ts';
import {
  formatCount,
  formatDuration,
  formatLatency,
  formatPercent,
  formatTarget,
} from '../../parts/format.ts';
import { alertLink } from '../../parts/links.ts';
import { budgetTone, SeverityBadge, STATE_WORDS } from '../../parts/state-badge.tsx';

/** Where the series stands: the same figures as `burnline status`. */
export function SloTiles({ answer }: { readonly answer: SloSeries }): ReactNode {
  const { row, forecast, percentiles } = answer;
  const tone = budgetTone(row.state);
  return (
    <dl className="tiles">
      <div className="tile">
        <dt>Budget left</dt>
        <dd className={`figure ${tone === 'good' || tone === 'quiet' ? '' : `tone-${tone}`}`}>
          {formatPercent(row.budget.remainingRatio, 1)}
          {row.budget.isEstimated ? '*' : ''}
        </dd>
        <dd className="note">{spentText(row.budget)}</dd>
        <dd className="note">{budgetNote(row.budget)}</dd>
        {row.budget.isEstimated ? (
          <dd className="note">
            * projected to the whole period: {formatPercent(row.budget.projectedRemainingRatio, 1)}
          </dd>
        ) : null}
      </div>
      <div className="tile">
        <dt>At today's rate</dt>
        <dd className="figure sentence">{forecast.text}</dd>
      </div>
      <div className="tile">
        <dt>SLI</dt>
        <dd className="figure">{formatPercent(row.sliRatio)}</dd>
        <dd className="note">
          objective {formatTarget(row.targetRatio)}, {answer.period.text}
        </dd>
        <dd className="note">
          {formatCount(row.good)} good of {formatCount(row.total)}
        </dd>
      </div>
      <div className="tile">
        <dt>State</dt>
        <dd className={`figure words tone-${tone}`}>{STATE_WORDS[row.state].word}</dd>
        <dd className="note">{row.cause.text}</dd>
        {row.cause.remedy === null ? null : <dd className="note dim">{row.cause.remedy}</dd>}
      </div>
      {row.alert === null ? null : <AlertTile alert={row.alert} nowMs={nowOf(answer)} />}
      {percentiles === null ? null : <PercentileTile percentiles={percentiles} />}
    </dl>
  );
}

/** The last instant that is judged: the present of a live stream, the end of a history. */
function nowOf({ about, row }: SloSeries): number {
  const stream = about.streams.find((one) => one.stream === row.stream);
  return stream?.evaluatedThroughMs ?? Date.parse(about.asOf);
}

function AlertTile({
  alert,
  nowMs,
}: {
  readonly alert: NonNullable<SloSeries['row']['alert']>;
  readonly nowMs: number;
}): ReactNode {
  return (
    <div className="tile">
      <dt>Alert</dt>
      <dd className="figure words">
        <Link href={alertLink(alert.id)}>
          {alert.state} <SeverityBadge severity={alert.severity} />
        </Link>
      </dd>
      <dd className="note">
        tier {alert.tier}, for {formatDuration(Math.max(1_000, nowMs - alert.sinceMs))}
      </dd>
    </div>
  );
}

function PercentileTile({
  percentiles,
}: {
  readonly percentiles: NonNullable<SloSeries['percentiles']>;
}): ReactNode {
  const format = percentiles.field.endsWith('_ms') ? formatLatency : formatCount;
  return (
    <div className="tile">
      <dt>{percentiles.field}, this period</dt>
      <dd className="figure words">
        {format(percentiles.p95)} <span className="dim">p95</span>
      </dd>
      <dd className="note">
        p50 {format(percentiles.p50)}, p99 {format(percentiles.p99)}
      </dd>
    </div>
  );
}
