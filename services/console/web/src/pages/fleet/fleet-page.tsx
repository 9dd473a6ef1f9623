import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Fleet } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import {
  formatCount,
  formatInstant,
  formatLatency,
  formatNumber,
  formatPercent,
} from '../../parts/format.ts';
import { Labels } from '../../parts/labels.tsx';
import { Meter } from '../../parts/meter.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { eventsLink } from '../../parts/links.ts';
import { useWindow, WindowBar, type TimeWindow } from '../../parts/use-window.tsx';

type Member = Fleet['members'][number];

/** How each model of each provider does. */
export function FleetPage(): ReactNode {
  const shown = useWindow();
  const asked = useAnswer<Fleet>(
    'fleet',
    { stream: shown?.stream, from: shown?.fromMs, to: shown?.toMs },
    { isAsked: shown !== null },
  );
  return (
    <Page
      title="Fleet"
      asOf={asked.data?.about}
      about="Providers and their models: who answers, how fast, and how near to the quota."
    >
      <div className="filters">
        <span className="grow" />
        <WindowBar shown={shown} />
      </div>
      <Answer of={asked}>
        {(answer) => (
          <>
            <DataTable
              label="Models"
              columns={columnsOf(shown)}
              rows={answer.members}
              rowKey={({ provider, model }) => `${provider} ${model}`}
              scroll="page"
              empty={<Empty title="No inference in this time">A longer stretch may have some.</Empty>}
            />
            <Capacity capacity={answer.capacity} />
          </>
        )}
      </Answer>
    </Page>
  );
}

/** Raw events of a model in the stretch that is shown. */
function memberLink({ provider, model }: Member, shown: TimeWindow | null): string {
  const range =
    shown === null ? {} : { stream: shown.stream, from: String(shown.fromMs), to: String(shown.toMs) };
  return eventsLink([`provider=${provider}`, `model=${model}`], range);
}

const columnsOf = (shown: TimeWindow | null): readonly Column<Member>[] => [
  {
    id: 'model',
    head: 'model',
    wraps: true,
    cell: (member) => (
      <>
        <Link className="name" href={memberLink(member, shown)}>
          {member.model}
        </Link>
        <div className="sub">{member.provider}</div>
      </>
    ),
  },
  { id: 'requests', head: 'requests', align: 'end', cell: ({ requests }) => formatCount(requests) },
  {
    id: 'availability',
    head: 'available',
    align: 'end',
    cell: ({ availabilityRatio }) => formatPercent(availabilityRatio),
  },
  {
    id: 'errors',
    head: 'errors',
    priority: 2,
    wraps: true,
    cell: ({ errors }) => <Errors errors={errors} />,
  },
  ...(['p50', 'p95', 'p99'] as const).map((name) => ({
    id: name,
    head: `TTFT ${name}`,
    align: 'end' as const,
    ...(name === 'p95' ? {} : { priority: name === 'p50' ? (2 as const) : (3 as const) }),
    cell: ({ ttftMs }: Member) => formatLatency(ttftMs?.[name]),
  })),
  {
    id: 'speed',
    head: 'tokens/s',
    align: 'end',
    priority: 2,
    cell: ({ outputTokensPerSecond }) =>
      outputTokensPerSecond === null ? '-' : formatNumber(outputTokensPerSecond, 1),
  },
  {
    id: 'fallback',
    head: 'fallbacks',
    align: 'end',
    priority: 3,
    cell: ({ fallbackRatio }) => formatPercent(fallbackRatio, 1),
  },
  {
    id: 'cancelled',
    head: 'cancelled',
    align: 'end',
    priority: 3,
    cell: ({ cancelledRatio }) => formatPercent(cancelledRatio, 1),
  },
];

function Errors({ errors }: Pick<Member, 'errors'>): ReactNode {
  const kinds = Object.entries(errors).sort(([, a], [, b]) => b - a);
  if (kinds.length === 0) return <span className="dim">none</span>;
  return (
    <span className="chips">
      {kinds.map(([kind, count]) => (
        <span key={kind} className="chip">
          {kind === '' ? 'not said' : kind} <b>{formatCount(count)}</b>
        </span>
      ))}
    </span>
  );
}

const CAPACITY_COLUMNS: readonly Column<Fleet['capacity'][number]>[] = [
  {
    id: 'slo',
    head: 'of',
    wraps: true,
    cell: ({ slo, labels, used }) => (
      <>
        <span className="name">{slo}</span>
        <div className="sub">
          <Labels labels={labels} />
          <span>{used.join(' + ')}</span>
        </div>
      </>
    ),
  },
  {
    id: 'now',
    head: 'now',
    align: 'end',
    cell: ({ usePerMinute }) => formatCount(Math.round(usePerMinute)),
  },
  {
    id: 'peak',
    head: 'peak',
    align: 'end',
    cell: ({ peakPerMinute }) => formatCount(Math.round(peakPerMinute)),
  },
  {
    id: 'quota',
    head: 'quota',
    align: 'end',
    cell: ({ quotaPerMinute }) => formatCount(quotaPerMinute),
  },
  {
    id: 'share',
    head: 'peak of quota',
    align: 'end',
    cell: ({ peakShare }) => (
      <>
        {formatPercent(peakShare, 1)}
        <Meter ratio={peakShare} tone={peakShare !== null && peakShare >= 1 ? 'bad' : 'quiet'} />
      </>
    ),
  },
  {
    id: 'reaches',
    head: 'reaches it',
    wraps: 'never',
    cell: ({ reachesQuotaAtMs, neverReachesQuota }) =>
      neverReachesQuota ? 'not at this growth' : formatInstant(reachesQuotaAtMs),
  },
];

function Capacity({ capacity }: Pick<Fleet, 'capacity'>): ReactNode {
  return (
    <Section title="Use against quota" about="Per minute: now, and the peak of a week.">
      <DataTable
        label="Use per minute against quota"
        rows={capacity}
        rowKey={({ slo, labels }) => `${slo} ${JSON.stringify(labels)}`}
        empty={
          <Empty title="No SLO says a quota">
            One of tokens or requests per minute, with <code>quota</code>, stands here.
          </Empty>
        }
        columns={CAPACITY_COLUMNS}
      />
    </Section>
  );
}
