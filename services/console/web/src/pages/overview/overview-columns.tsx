import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { OverviewRow } from '../../../../src/api/contract/index.ts';
import type { Column } from '../../parts/data-table.tsx';
import { BudgetCell } from '../../parts/budget-cell.tsx';
import {
  formatBurnRate,
  formatCount,
  formatDuration,
  formatPercent,
  formatTarget,
} from '../../parts/format.ts';
import { Labels } from '../../parts/labels.tsx';
import { alertLink, overviewLink, sloLink } from '../../parts/links.ts';
import { Badge, BURN_TONES, SeverityBadge, StateBadge } from '../../parts/state-badge.tsx';

/** One series of an SLO as a row: what it is, how it stands, what is left. */
export const OVERVIEW_COLUMNS: readonly Column<OverviewRow>[] = [
  { id: 'slo', head: 'SLO', wraps: true, cell: (row) => <NameCell row={row} /> },
  { id: 'state', head: 'state', cell: (row) => <StateCell row={row} /> },
  { id: 'budget', head: 'budget left', align: 'end', cell: (row) => <BudgetCell row={row} /> },
  { id: 'burn', head: 'burn', align: 'end', priority: 2, cell: (row) => <BurnCell row={row} /> },
  {
    id: 'sli',
    head: 'SLI / target',
    align: 'end',
    priority: 2,
    cell: (row) => (
      <>
        {formatPercent(row.sliRatio)}
        <div className="dim">{formatTarget(row.targetRatio)}</div>
      </>
    ),
  },
  {
    id: 'events',
    head: 'good / total',
    align: 'end',
    priority: 3,
    cell: (row) => (
      <>
        {formatCount(row.good)} / {formatCount(row.total)}
        <div className="dim">{row.period}</div>
      </>
    ),
  },
];

function NameCell({ row }: { readonly row: OverviewRow }): ReactNode {
  return (
    <>
      <Link className="name" href={sloLink(row)}>
        {row.slo}
      </Link>
      <div className="sub">
        <Link className="chip" href={overviewLink({ service: row.service })}>
          {row.service}
        </Link>
        <Labels labels={row.labels} hrefOf={(name, value) => overviewLink({ label: `${name}=${value}` })} />
        {row.team === null ? null : <span>{row.team}</span>}
        {row.stream === 'live' ? null : <span>{row.stream}</span>}
      </div>
    </>
  );
}

function StateCell({ row }: { readonly row: OverviewRow }): ReactNode {
  return (
    <div className="badges">
      <StateBadge state={row.state} cause={row.cause} />
      {row.alert === null ? null : (
        <Link href={alertLink(row.alert.id)} title={`${row.alert.state}, tier ${row.alert.tier}`}>
          <SeverityBadge severity={row.alert.severity} />
        </Link>
      )}
    </div>
  );
}

function BurnCell({ row: { burn } }: { readonly row: OverviewRow }): ReactNode {
  if (burn === null) return <span className="dim">-</span>;
  return (
    <>
      {formatBurnRate(burn.burnRate)} <span className="dim">in {formatDuration(burn.longWindowMs)}</span>
      <div>
        {burn.word === 'acceptable' ? (
          <span className="dim">acceptable</span>
        ) : (
          <Badge tone={BURN_TONES[burn.word]}>{burn.word}</Badge>
        )}
      </div>
    </>
  );
}
