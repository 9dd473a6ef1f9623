import { type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Attribution, CountedEvents } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import type { TimeRange } from '../../charts/align.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { Segments } from '../../parts/controls.tsx';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { fieldText } from '../../parts/field-text.ts';
import { formatCount, formatInstant, formatPercent } from '../../parts/format.ts';
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
        <Answer of={attribution}>{(data) => <Contributions contributions={data.contributions} />}</Answer>
      </Section>
      <Events path={path} stream={stream} range={range} />
    </>
  );
}

type Contribution = Pick<Attribution['contributions'][number], 'dimension' | 'value' | 'bad' | 'total'> & {
  readonly badRatio?: number;
  readonly shareOfBad?: number | null;
};

const SHARE_COLUMNS: readonly Column<Contribution>[] = [
  {
    id: 'ratio',
    head: 'bad share',
    align: 'end',
    cell: ({ badRatio }) => formatPercent(badRatio, 1),
  },
  {
    id: 'share',
    head: 'of all bad',
    align: 'end',
    cell: ({ shareOfBad }) =>
      shareOfBad === undefined || shareOfBad === null ? (
        '-'
      ) : (
        <>
          {formatPercent(shareOfBad, 1)}
          <Meter ratio={shareOfBad} tone="bad" />
        </>
      ),
  },
];

/** Values that hold bad events, the most bad first. */
export function Contributions({
  contributions,
  empty = <Empty title="No bad events">Nothing that counted in this stretch was bad.</Empty>,
}: {
  readonly contributions: readonly Contribution[];
  readonly empty?: ReactNode;
}): ReactNode {
  return (
    <DataTable
      label="Where the bad events came from"
      rows={contributions}
      rowKey={({ dimension, value }) => `${dimension}=${value}`}
      scroll="own"
      empty={empty}
      columns={[
        { id: 'dimension', head: 'field', cell: ({ dimension }) => <span className="dim">{dimension}</span> },
        {
          id: 'value',
          head: 'value',
          wraps: true,
          cell: ({ value }) => <span className="name">{value === '' ? '(none)' : value}</span>,
        },
        { id: 'bad', head: 'bad', align: 'end', cell: ({ bad }) => formatCount(bad) },
        { id: 'total', head: 'of', align: 'end', cell: ({ total }) => formatCount(total) },
        ...(contributions.some(({ badRatio }) => badRatio !== undefined) ? SHARE_COLUMNS : []),
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
