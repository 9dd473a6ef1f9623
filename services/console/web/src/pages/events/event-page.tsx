import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { EventDetail } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { fieldText } from '../../parts/field-text.ts';
import { formatInstant } from '../../parts/format.ts';
import { Labels } from '../../parts/labels.tsx';
import { eventsLink, sloLink } from '../../parts/links.ts';
import { Page, Section } from '../../parts/page.tsx';
import { Badge, type Tone } from '../../parts/state-badge.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';

type Row = EventDetail['event'];

const COUNTED_TONES: Readonly<Record<EventDetail['countedBy'][number]['countedAs'], Tone>> = {
  good: 'good',
  bad: 'bad',
  excluded: 'quiet',
};

/** Fields of an attempt or a verdict that tell it from the others. */
const ATTEMPT_FIELDS = [
  'occurred_at',
  'attempt',
  'provider',
  'model_requested',
  'status',
  'error_type',
  'duration_ms',
];
const VERDICT_FIELDS = ['occurred_at', 'evaluator', 'evaluator_version', 'dimension', 'passed', 'score'];

/** One event: all that was sent, its other attempts, what evaluators said, and which SLOs counted it how. */
export function EventPage(): ReactNode {
  const [state] = useUrlState();
  const asked = useAnswer<EventDetail>(`events/${encodeURIComponent(state['id'] ?? '')}`, {
    stream: state['stream'],
  });
  return (
    <Page
      title="Event"
      asOf={asked.data?.about}
      crumbs={<Link href="/events">Events</Link>}
      about={
        asked.data === undefined ? undefined : (
          <>
            <span className="mono">{asked.data.eventId}</span>, {formatInstant(asked.data.atMs)} UTC
          </>
        )
      }
    >
      <Answer of={asked}>
        {(answer) => (
          <>
            <CountedBy countedBy={answer.countedBy} stream={state['stream'] ?? 'live'} />
            <Section title="Attempts" about="Of its request, this one included.">
              <Rows rows={answer.attempts} preferred={ATTEMPT_FIELDS} label="Attempts" />
            </Section>
            <Section title="Verdicts">
              <Rows rows={answer.verdicts} preferred={VERDICT_FIELDS} label="Verdicts" />
            </Section>
            <Section title="Fields" about="A value leads to the events that share it.">
              <Fields event={answer.event} stream={state['stream'] ?? null} />
            </Section>
          </>
        )}
      </Answer>
    </Page>
  );
}

function CountedBy({
  countedBy,
  stream,
}: Pick<EventDetail, 'countedBy'> & { readonly stream: string }): ReactNode {
  return (
    <Section title="Counted by">
      <DataTable
        label="SLOs that counted it"
        rows={countedBy}
        rowKey={({ slo, series }) => `${slo} ${series ?? ''}`}
        empty={<Empty title="No SLO counts it">It is in the scope of none.</Empty>}
        columns={[
          {
            id: 'slo',
            head: 'SLO',
            wraps: true,
            cell: ({ slo, series, labels }) => (
              <>
                <Link className="name" href={sloLink({ slo, series, stream })}>
                  {slo}
                </Link>
                <div className="sub">
                  <Labels labels={labels} />
                </div>
              </>
            ),
          },
          {
            id: 'as',
            head: 'counted as',
            cell: ({ countedAs }) => <Badge tone={COUNTED_TONES[countedAs]}>{countedAs}</Badge>,
          },
        ]}
      />
    </Section>
  );
}

function Rows({
  rows,
  preferred,
  label,
}: {
  readonly rows: readonly Row[];
  readonly preferred: readonly string[];
  readonly label: string;
}): ReactNode {
  const fields = preferred.filter((name) => rows.some((row) => name in row));
  return (
    <DataTable<{ readonly row: Row; readonly index: number }>
      label={label}
      rows={rows.map((row, index) => ({ row, index }))}
      rowKey={({ index }) => String(index)}
      empty={<Empty title="None" />}
      columns={fields.map((name) => ({ id: name, head: name, cell: ({ row }) => fieldText(row[name]) }))}
    />
  );
}

/** Values by which it makes no sense to look for others. */
const isShared = (name: string, value: unknown): boolean =>
  typeof value === 'string' && value !== '' && !name.endsWith('_at') && value.length <= 100;

function Fields({ event, stream }: { readonly event: Row; readonly stream: string | null }): ReactNode {
  const present = Object.entries(event).filter(([, value]) => fieldText(value) !== '-');
  const absent = Object.keys(event).filter((name) => fieldText(event[name]) === '-');
  return (
    <div className="panel">
      <div className="body">
        <dl className="facts">
          {present.map(([name, value]) => (
            <div key={name} className="fact">
              <dt className="mono">{name}</dt>
              <dd>
                {isShared(name, value) ? (
                  <Link href={eventsLink([`${name}=${fieldText(value)}`], { stream })}>
                    {fieldText(value)}
                  </Link>
                ) : (
                  fieldText(value)
                )}
              </dd>
            </div>
          ))}
        </dl>
        {absent.length === 0 ? null : (
          <p className="foot-note">
            Not sent: <span className="mono">{absent.join(', ')}</span>
          </p>
        )}
      </div>
    </div>
  );
}
