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

/** Raw events by any of their fields. */
export function EventsPage(): ReactNode {
  const [state] = useUrlState();
  const shown = useWindow();
  const where = useMemo(() => testsOf(state['where']), [state]);
  return shown === null ? (
    <Page title="Events">
      <Answer of={{ data: undefined, error: null, refetch: () => null }}>{() => null}</Answer>
    </Page>
  ) : (
    <Results shown={shown} where={where} />
  );
}

function Results({
  shown,
  where,
}: {
  readonly shown: TimeWindow;
  readonly where: readonly string[];
}): ReactNode {
  const [, navigate] = useLocation();
  const asked = usePages<EventSearch>('events', {
    where,
    stream: shown.stream,
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
        <FieldFilter known={first?.fields ?? []} where={where} />
        <Chips where={where} />
        <span className="grow" />
        <WindowBar shown={shown} />
      </div>
      <Answer of={{ data: events, error: asked.error, refetch: asked.refetch }}>
        {(rows) => (
          <DataTable
            label="Events"
            columns={columnsOf(shown.stream)}
            rows={rows}
            rowKey={({ eventId, atMs, attempt }) => `${eventId} ${atMs} ${attempt}`}
            scroll="page"
            onNearEnd={more}
            onOpen={({ eventId }) => {
              navigate(eventLink(eventId, shown.stream));
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

const columnsOf = (stream: string): readonly Column<Found>[] => [
  {
    id: 'at',
    head: 'when (UTC)',
    wraps: 'never',
    cell: ({ atMs, eventId }) => <Link href={eventLink(eventId, stream)}>{formatInstant(atMs)}</Link>,
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
        {attempt > 0 ? <div className="dim">retry {attempt}</div> : null}
      </>
    ),
  },
];

/** Tests of an address: each FIELD, an operator and a value, on a line of its own. */
function testsOf(where: string | undefined): readonly string[] {
  return (where ?? '').split('\n').filter((test) => test !== '');
}

const OPERATORS = ['=', '!=', '<', '<=', '>', '>='] as const;

/** One more test. */
function FieldFilter({
  known,
  where,
}: {
  readonly known: EventSearch['fields'];
  readonly where: readonly string[];
}): ReactNode {
  const [, change] = useUrlState();
  const [field, setField] = useState('status');
  const [operator, setOperator] = useState<string>('=');
  const [value, setValue] = useState('');
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (value.trim() === '') return;
    change({ where: [...where, `${field}${operator}${value.trim()}`].join('\n') });
    setValue('');
  };
  const unit = known.find(({ name }) => name === field)?.unit;
  return (
    <form className="row" role="search" onSubmit={submit}>
      <Choice
        label="Field"
        value={field}
        onChange={setField}
        options={[...new Set([field, ...known.map(({ name }) => name)])]}
      />
      <Choice label="Operator" value={operator} onChange={setOperator} options={OPERATORS} />
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

function Choice({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly onChange: (value: string) => void;
}): ReactNode {
  return (
    <select
      className="control"
      aria-label={label}
      value={value}
      onChange={(event) => {
        onChange(event.target.value);
      }}
    >
      {options.map((option) => (
        <option key={option}>{option}</option>
      ))}
    </select>
  );
}

function Chips({ where }: { readonly where: readonly string[] }): ReactNode {
  const [, change] = useUrlState();
  return where.map((test) => (
    <button
      key={test}
      type="button"
      className="button small"
      onClick={() => {
        change({ where: where.filter((one) => one !== test).join('\n') });
      }}
    >
      {test} <span aria-hidden="true">×</span>
      <span className="hidden-visually">, take this filter away</span>
    </button>
  ));
}
