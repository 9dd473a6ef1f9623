import { useCallback, useMemo, useState, type SubmitEvent, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import type { EventSearch } from '../../../../src/api/contract/index.ts';
import { usePages } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { formatCount, formatInstant, formatLatency, formatUsd } from '../../parts/format.ts';
import { eventLink } from '../../parts/links.ts';
import { Page } from '../../parts/page.tsx';
import { Badge } from '../../parts/state-badge.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { useWindow, WindowBar, type TimeWindow } from '../../parts/use-window.tsx';

type Found = EventSearch['events'][number];

/** Of the address, what is no filter by a field. */
const NO_FIELDS: readonly string[] = ['from', 'to', 'last'];

/** Raw events by any of their fields. */
export function EventsPage(): ReactNode {
  const [state] = useUrlState();
  const shown = useWindow();
  const fields = useMemo(
    () => Object.fromEntries(Object.entries(state).filter(([name]) => !NO_FIELDS.includes(name))),
    [state],
  );
  return shown === null ? (
    <Page title="Events">
      <Answer of={{ data: undefined, error: null, refetch: () => null }}>{() => null}</Answer>
    </Page>
  ) : (
    <Results shown={shown} fields={fields} />
  );
}

function Results({
  shown,
  fields,
}: {
  readonly shown: TimeWindow;
  readonly fields: Readonly<Record<string, string>>;
}): ReactNode {
  const [, navigate] = useLocation();
  const asked = usePages<EventSearch>('events', {
    ...fields,
    from: shown.fromMs,
    to: shown.toMs,
    limit: 100,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = asked;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const events = useMemo(() => asked.data?.pages.flatMap((page) => page.events), [asked.data]);
  const first = asked.data?.pages[0];
  return (
    <Page title="Events" asOf={first?.about} about="Inferences as they came, the newest first.">
      <div className="filters">
        <FieldFilter known={first?.fields ?? []} />
        <Chips fields={fields} />
        <span className="grow" />
        <WindowBar shown={shown} />
      </div>
      <Answer of={{ data: events, error: asked.error, refetch: asked.refetch }}>
        {(rows) => (
          <DataTable
            label="Events"
            columns={COLUMNS}
            rows={rows}
            rowKey={({ eventId, atMs, attempt }) => `${eventId} ${atMs} ${attempt}`}
            scroll="page"
            onNearEnd={more}
            onOpen={({ eventId }) => {
              navigate(eventLink(eventId));
            }}
            empty={
              <Empty title="No event is like this">A longer stretch or fewer filters may find some.</Empty>
            }
          />
        )}
      </Answer>
    </Page>
  );
}

const COLUMNS: readonly Column<Found>[] = [
  {
    id: 'at',
    head: 'when (UTC)',
    wraps: 'never',
    cell: ({ atMs, eventId }) => <Link href={eventLink(eventId)}>{formatInstant(atMs)}</Link>,
  },
  {
    id: 'status',
    head: 'status',
    cell: ({ status, errorType }) => (
      <div className="badges">
        <Badge tone={status === 'ok' ? 'good' : status === 'error' ? 'bad' : 'warn'}>{status}</Badge>
        {errorType === '' ? null : <span className="dim">{errorType}</span>}
      </div>
    ),
  },
  {
    id: 'model',
    head: 'model',
    wraps: true,
    cell: ({ model, provider, service }) => (
      <>
        <span className="name">{model}</span>
        <div className="sub">
          <span className="chip">{service}</span>
          <span>{provider}</span>
        </div>
      </>
    ),
  },
  { id: 'ttft', head: 'TTFT', align: 'end', priority: 2, cell: ({ ttftMs }) => formatLatency(ttftMs) },
  { id: 'duration', head: 'duration', align: 'end', cell: ({ durationMs }) => formatLatency(durationMs) },
  {
    id: 'tokens',
    head: 'tokens in / out',
    align: 'end',
    priority: 2,
    cell: ({ inputTokens, outputTokens }) => `${formatCount(inputTokens)} / ${formatCount(outputTokens)}`,
  },
  {
    id: 'cost',
    head: 'cost',
    align: 'end',
    priority: 2,
    cell: ({ costNanoUsd }) => (costNanoUsd === null ? '-' : formatUsd(costNanoUsd / 1e9)),
  },
  {
    id: 'request',
    head: 'request',
    priority: 3,
    cell: ({ requestId, attempt }) => (
      <>
        <span className="mono dim">{requestId}</span>
        {attempt > 1 ? <div className="dim">attempt {attempt}</div> : null}
      </>
    ),
  },
];

/** One more condition: a field and its value. */
function FieldFilter({ known }: { readonly known: EventSearch['fields'] }): ReactNode {
  const [, change] = useUrlState();
  const [field, setField] = useState('service');
  const [value, setValue] = useState('');
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (value.trim() === '') return;
    change({ [field]: value.trim() });
    setValue('');
  };
  const unit = known.find(({ name }) => name === field)?.unit;
  return (
    <form className="row" role="search" onSubmit={submit}>
      <select
        className="control"
        aria-label="Field"
        value={field}
        onChange={(event) => {
          setField(event.target.value);
        }}
      >
        {(known.length === 0 ? [{ name: field }] : known).map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <input
        className="control"
        aria-label={`Value of ${field}`}
        placeholder={unit === undefined || unit === null ? 'value' : `value, ${unit}`}
        value={value}
        onChange={(event) => {
          setValue(event.target.value);
        }}
      />
      <button type="submit" className="button">
        Filter
      </button>
    </form>
  );
}

function Chips({ fields }: { readonly fields: Readonly<Record<string, string>> }): ReactNode {
  const [, change] = useUrlState();
  return Object.entries(fields).map(([name, value]) => (
    <button
      key={name}
      type="button"
      className="button small"
      onClick={() => {
        change({ [name]: null });
      }}
    >
      {name} = {value} <span aria-hidden="true">×</span>
      <span className="hidden-visually">, take this filter away</span>
    </button>
  ));
}
