import { type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Attribution, CountedEvents } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import type { TimeRange } from '../../charts/align.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { Segments } from '../../parts/controls.tsx';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { fieldText } from '../../parts/field-text.ts';
import { counted, formatCount, formatInstant, formatPercent } from '../../parts/format.ts';
import { eventLink } from '../../parts/links.ts';
import { Meter } from '../../parts/meter.tsx';
import { Section } from '../../parts/page.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';

interface StretchProps {
  readonly path: string;
  readonly stream: string;
  readonly range: TimeRange;
}

/** What was bad in the stretch that the charts show: what the bad events have in common, and the events themselves. */
export function StretchPanel({ path, stream, range }: StretchProps): ReactNode {
  const params = { stream, from: range.fromMs, to: range.toMs };
  const attribution = useAnswer<Attribution>(`${path}/attribution`, params);
  return (
    <>
      <Section
        title="What differs"
        about={`Where the bad events came from, ${formatInstant(range.fromMs)} to ${formatInstant(range.toMs)} UTC.`}
      >
        <Answer of={attribution}>
          {(data) => (
            <>
              <Contributions contributions={data.contributions} empty={<NothingDiffers bad={data.bad} />} />
              {data.contributions.length === 0 ? null : <Causes causes={data.causes} />}
            </>
          )}
        </Answer>
      </Section>
      <Events path={path} stream={stream} range={range} />
    </>
  );
}

type Contribution = Pick<
  Attribution['contributions'][number],
  'dimension' | 'value' | 'bad' | 'total' | 'badShare' | 'lift' | 'excess' | 'method' | 'burnRate'
> &
  Partial<Pick<Attribution['contributions'][number], 'slo'>>;

const figure = (value: number | null, digits: number): string =>
  value === null ? '-' : value.toFixed(digits);

const HELD_COLUMNS: readonly Column<Contribution>[] = [
  {
    id: 'share',
    head: 'of all bad',
    align: 'end',
    cell: ({ badShare }) =>
      badShare === null ? (
        '-'
      ) : (
        <>
          {formatPercent(badShare, 1)}
          <Meter ratio={badShare} tone="bad" />
        </>
      ),
  },
  { id: 'lift', head: 'lift', align: 'end', cell: ({ lift }) => figure(lift, 2) },
  { id: 'excess', head: 'excess', align: 'end', cell: ({ excess }) => figure(excess, 1) },
  { id: 'method', head: 'method', cell: ({ method }) => <span className="dim">{method ?? ''}</span> },
];
const PART_COLUMN: Column<Contribution> = {
  id: 'slo',
  head: 'part',
  cell: ({ slo }) => <span className="dim">{slo ?? ''}</span>,
};
const BURN_COLUMN: Column<Contribution> = {
  id: 'burn',
  head: 'adds',
  align: 'end',
  cell: ({ burnRate }) => (burnRate === null ? '-' : `${burnRate.toFixed(2)}x`),
};

/** What no variant is said to be without proof of it. */
function Causes({ causes }: Pick<Attribution, 'causes'>): ReactNode {
  return (
    <p className="foot-note">
      {causes.length === 0
        ? 'Nothing of this was assigned at random and is shown to fail more often: it is association, and no cause.'
        : `Assigned at random, and shown to fail more often: variant ${causes.join(', ')}.`}
    </p>
  );
}

/** Bad events may be there and have nothing to tell them apart by. */
function NothingDiffers({ bad }: Pick<Attribution, 'bad'>): ReactNode {
  if (bad === 0) return <Empty title="No bad events">Nothing that counted in this stretch was bad.</Empty>;
  return (
    <Empty
      title={bad === null ? 'It cannot be told apart' : `Nothing sets ${counted(bad, 'bad event')} apart`}
    >
      {bad === null
        ? 'Single events are not good or bad here, or none of their rows is kept.'
        : 'All events of this stretch have the same provider, model, prompt, region and tenant, or say none: the events below are all there is.'}
    </Empty>
  );
}

/** Values that hold bad events, most excess first. */
export function Contributions({
  contributions,
  empty,
}: {
  readonly contributions: readonly Contribution[];
  readonly empty: ReactNode;
}): ReactNode {
  return (
    <DataTable
      label="Where the bad events came from"
      rows={contributions}
      rowKey={({ slo, dimension, value }) => `${slo ?? ''} ${dimension}=${value}`}
      scroll="own"
      empty={empty}
      columns={[
        ...(contributions.some(({ slo }) => typeof slo === 'string') ? [PART_COLUMN] : []),
        { id: 'dimension', head: 'field', cell: ({ dimension }) => <span className="dim">{dimension}</span> },
        {
          id: 'value',
          head: 'value',
          wraps: true,
          cell: ({ value }) => <span className="name">{value === '' ? '(none)' : value}</span>,
        },
        { id: 'bad', head: 'bad', align: 'end', cell: ({ bad }) => formatCount(Math.round(bad)) },
        { id: 'total', head: 'of', align: 'end', cell: ({ total }) => formatCount(Math.round(total)) },
        ...(contributions.some(({ method }) => method !== null) ? HELD_COLUMNS : []),
        ...(contributions.some(({ burnRate }) => burnRate !== null) ? [BURN_COLUMN] : []),
      ]}
    />
  );
}

const COUNTED = [
  { value: 'bad', text: 'bad' },
  { value: 'good', text: 'good' },
  { value: 'excluded', text: 'excluded' },
] as const;

function Events({ path, stream, range }: StretchProps): ReactNode {
  const [state, change] = useUrlState();
  const countedAs = COUNTED.find(({ value }) => value === state['counted'])?.value ?? 'bad';
  const asked = useAnswer<CountedEvents>(`${path}/events`, {
    stream,
    from: range.fromMs,
    to: range.toMs,
    countedAs,
    limit: 200,
  });
  return (
    <Section
      title="Events"
      about="The records behind the figures, oldest first."
      aside={
        <Segments
          label="Counted as"
          options={COUNTED}
          value={countedAs}
          onChange={(counted) => {
            change({ counted });
          }}
        />
      }
    >
      <Answer of={asked}>
        {(data) => (
          <>
            <EventTable events={data.events} countedAs={countedAs} stream={stream} />
            <p className="foot-note">
              {data.next === null
                ? ''
                : `The first ${formatCount(data.events.length)}; drag over a shorter stretch to see others. `}
              {data.mayBeOther
                ? 'Groups overflowed their cap: some of these may be counted in __other__.'
                : ''}
            </p>
          </>
        )}
      </Answer>
    </Section>
  );
}

function EventTable({
  events,
  countedAs,
  stream,
}: {
  readonly stream: string;
  readonly events: CountedEvents['events'];
  readonly countedAs: string;
}): ReactNode {
  const fields = [...new Set(events.flatMap((event) => Object.keys(event.fields)))];
  return (
    <DataTable
      label={`Events counted as ${countedAs}`}
      rows={events}
      rowKey={({ eventId, atMs }) => `${eventId} ${atMs}`}
      scroll="own"
      empty={<Empty title={`No ${countedAs} events in this stretch`} />}
      columns={[
        {
          id: 'at',
          head: 'when (UTC)',
          wraps: 'never',
          cell: ({ atMs, eventId }) => <Link href={eventLink(eventId, stream)}>{formatInstant(atMs)}</Link>,
        },
        ...fields.map((field) => ({
          id: field,
          head: field,
          cell: (event: CountedEvents['events'][number]) => fieldText(event.fields[field]),
        })),
        {
          id: 'request',
          head: 'request',
          cell: ({ requestId }) => <span className="mono dim">{requestId}</span>,
        },
      ]}
    />
  );
}
