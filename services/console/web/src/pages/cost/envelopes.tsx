import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Envelopes as EnvelopesAnswer, SloEntities } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { BudgetCell } from '../../parts/budget-cell.tsx';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { formatCount, formatPercent, formatUsd } from '../../parts/format.ts';
import { Labels } from '../../parts/labels.tsx';
import { sloLink } from '../../parts/links.ts';
import { Meter } from '../../parts/meter.tsx';
import { Section } from '../../parts/page.tsx';
import { Badge, StateBadge } from '../../parts/state-badge.tsx';
import type { TimeWindow } from '../../parts/use-window.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usd } from './cost-text.ts';

type Envelope = EnvelopesAnswer['envelopes'][number];

/** What tasks, sessions or tenants may consume, and how each stands. */
export function Envelopes({ shown }: { readonly shown: TimeWindow | null }): ReactNode {
  const [state, change] = useUrlState();
  const asked = useAnswer<EnvelopesAnswer>(
    'envelopes',
    { stream: shown?.stream },
    { isAsked: shown !== null },
  );
  const open = state['envelope'];
  return (
    <Section title="Envelopes" about="What tasks, sessions or tenants may consume, and who is beyond it.">
      <Answer of={asked}>
        {({ envelopes }) => {
          const chosen = envelopes.find(({ row }) => row.id === open) ?? envelopes[0];
          return (
            <div className="stack">
              <EnvelopeTable
                envelopes={envelopes}
                chosen={chosen?.row.id}
                onChoose={(envelope) => {
                  change({ envelope });
                }}
              />
              {chosen === undefined || shown === null ? null : <Entities envelope={chosen} shown={shown} />}
            </div>
          );
        }}
      </Answer>
    </Section>
  );
}

const STANDING_COLUMNS: readonly Column<Envelope>[] = [
  {
    id: 'slo',
    head: 'SLO',
    wraps: true,
    cell: ({ row, rule }) => (
      <>
        <Link className="name" href={sloLink(row)}>
          {row.slo}
        </Link>
        <div className="sub">{rule}</div>
      </>
    ),
  },
  { id: 'state', head: 'state', cell: ({ row }) => <StateBadge state={row.state} /> },
  {
    id: 'within',
    head: 'within',
    align: 'end',
    priority: 2,
    cell: ({ row }) => `${formatCount(row.good)} of ${formatCount(row.total)}`,
  },
  { id: 'budget', head: 'budget left', align: 'end', cell: ({ row }) => <BudgetCell row={row} /> },
];

function EnvelopeTable({
  envelopes,
  chosen,
  onChoose,
}: {
  readonly envelopes: readonly Envelope[];
  readonly chosen: string | undefined;
  readonly onChoose: (id: string) => void;
}): ReactNode {
  return (
    <DataTable
      label="Envelopes"
      rows={envelopes}
      rowKey={({ row }) => row.id}
      empty={
        <Empty title="No SLO holds an envelope">
          A <code>thresholdMetric</code> with <code>entity</code> and <code>consume</code> stands here.
        </Empty>
      }
      columns={[
        ...STANDING_COLUMNS,
        {
          id: 'who',
          head: 'who',
          cell: ({ row, entity }) => (
            <button
              type="button"
              className="button small"
              aria-pressed={row.id === chosen}
              onClick={() => {
                onChoose(row.id);
              }}
            >
              {entity.join(', ')}
            </button>
          ),
        },
      ]}
    />
  );
}

type Entity = SloEntities['entities'][number];

function entityColumns({ entity, unit }: Envelope): readonly Column<Entity>[] {
  const amount = (value: number): string =>
    unit === 'nano_usd' ? formatUsd(usd(value)) : formatCount(value);
  return [
    {
      id: 'entity',
      head: entity.join(', '),
      wraps: true,
      cell: ({ labels }) => <Labels labels={labels} />,
    },
    { id: 'consumed', head: 'consumed', align: 'end', cell: ({ consumed }) => amount(consumed) },
    {
      id: 'allowed',
      head: 'allowed',
      align: 'end',
      priority: 2,
      cell: ({ allowed }) => amount(allowed),
    },
    {
      id: 'share',
      head: 'share',
      align: 'end',
      cell: ({ shareOfAllowed, isWithin }) => (
        <>
          {formatPercent(shareOfAllowed, 1)}
          <Meter ratio={shareOfAllowed} tone={isWithin ? 'quiet' : 'bad'} />
        </>
      ),
    },
    {
      id: 'stands',
      head: 'stands',
      cell: ({ isWithin }) => (
        <Badge tone={isWithin ? 'good' : 'bad'}>{isWithin ? 'within' : 'beyond'}</Badge>
      ),
    },
  ];
}

function Entities({
  envelope,
  shown,
}: {
  readonly envelope: Envelope;
  readonly shown: TimeWindow;
}): ReactNode {
  const { row } = envelope;
  const asked = useAnswer<SloEntities>(`slos/${encodeURIComponent(row.slo)}/entities`, {
    stream: shown.stream,
    from: shown.fromMs,
    to: shown.toMs,
  });
  return (
    <Answer of={asked}>
      {(answer) => (
        <>
          <h3 className="sub-title">
            {row.slo}: {formatCount(answer.beyondCount)} beyond, of {formatCount(answer.judgedCount)} last
            seen in the stretch that is shown
          </h3>
          <DataTable
            label={`Entities of ${row.slo}`}
            rows={answer.entities}
            rowKey={({ labels, consumed }) => JSON.stringify([labels, consumed])}
            empty={<Empty title="None was seen in this time">A longer stretch may have more.</Empty>}
            columns={entityColumns(envelope)}
          />
        </>
      )}
    </Answer>
  );
}
