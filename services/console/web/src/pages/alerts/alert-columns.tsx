import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Alert } from '../../../../src/api/contract/index.ts';
import type { Column } from '../../parts/data-table.tsx';
import { formatBurnRate, formatCount, formatDuration, formatInstant } from '../../parts/format.ts';
import { Labels } from '../../parts/labels.tsx';
import { alertLink, sloLink } from '../../parts/links.ts';
import { Badge, SeverityBadge, type Tone } from '../../parts/state-badge.tsx';

export const ALERT_TONES: Readonly<Record<Alert['state'], Tone>> = {
  firing: 'bad',
  frozen: 'warn',
  resolved: 'good',
  removed: 'quiet',
  ended: 'quiet',
};

export const DELIVERY_TONES: Readonly<Record<Alert['deliveries'][number]['outcome'], Tone>> = {
  delivered: 'good',
  waiting: 'warn',
  failed: 'bad',
  inhibited: 'quiet',
  silenced: 'quiet',
};

export const ALERT_COLUMNS: readonly Column<Alert>[] = [
  {
    id: 'fired',
    head: 'fired (UTC)',
    wraps: 'never',
    cell: ({ id, firedAtMs, durationMs }) => (
      <>
        <Link href={alertLink(id)}>{formatInstant(firedAtMs)}</Link>
        <div className="dim">{durationMs === null ? 'open' : `for ${formatDuration(durationMs)}`}</div>
      </>
    ),
  },
  {
    id: 'state',
    head: 'state',
    cell: ({ state, severity }) => (
      <div className="badges">
        <SeverityBadge severity={severity} />
        <Badge tone={ALERT_TONES[state]}>{state}</Badge>
      </div>
    ),
  },
  {
    id: 'slo',
    head: 'SLO',
    wraps: true,
    cell: ({ slo, series, stream, labels, service }) => (
      <>
        <Link className="name" href={sloLink({ slo, series, stream })}>
          {slo}
        </Link>
        <div className="sub">
          {service === null ? null : <span className="chip">{service}</span>}
          <Labels labels={labels} />
        </div>
      </>
    ),
  },
  { id: 'evidence', head: 'evidence', priority: 2, cell: (alert) => <Evidence alert={alert} /> },
  {
    id: 'seen',
    head: 'in 90 days',
    align: 'end',
    priority: 2,
    cell: ({ seenIn90Days }) => `${formatCount(seenIn90Days)}×`,
  },
  { id: 'told', head: 'told', priority: 3, cell: ({ deliveries }) => <Told deliveries={deliveries} /> },
];

function Evidence({ alert: { long, short, factor, tier } }: { readonly alert: Alert }): ReactNode {
  return (
    <>
      {formatCount(long.bad)} bad of {formatCount(long.total)}{' '}
      <span className="dim">in {formatDuration(long.windowMs)}</span>
      <div className="dim">
        {formatBurnRate(long.burnRate)} and {formatBurnRate(short.burnRate)}, {tier} fires at{' '}
        {formatBurnRate(factor)}
      </div>
    </>
  );
}

function Told({ deliveries }: Pick<Alert, 'deliveries'>): ReactNode {
  const last = new Map(deliveries.map((delivery) => [delivery.receiver, delivery]));
  if (last.size === 0) return <span className="dim">nobody</span>;
  return (
    <div className="badges">
      {[...last.values()].map(({ receiver, outcome }) => (
        <Badge key={receiver} tone={DELIVERY_TONES[outcome]}>
          {receiver} {outcome}
        </Badge>
      ))}
    </div>
  );
}
