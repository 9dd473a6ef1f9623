import { useCallback, useMemo, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import type { Alerts } from '../../../../src/api/contract/index.ts';
import { useAnswer, usePages } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { Segments } from '../../parts/controls.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { alertLink } from '../../parts/links.ts';
import { Page } from '../../parts/page.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { useWindow, WindowBar, type TimeWindow } from '../../parts/use-window.tsx';
import { ALERT_COLUMNS } from './alert-columns.tsx';

const VIEWS = [
  { value: 'now', text: 'Now' },
  { value: 'history', text: 'History' },
] as const;
const HISTORY_MS = 28 * 86_400_000;

/** What fires, and what fired. */
export function AlertsPage(): ReactNode {
  const [state, change] = useUrlState();
  const view = state['view'] === 'history' ? 'history' : 'now';
  const shown = useWindow(HISTORY_MS);
  const open = useAnswer<Alerts>('alerts', { state: 'open', stream: state['stream'] });
  return (
    <Page
      title="Alerts"
      asOf={open.data?.about}
      about="Each with what was seen when it fired, and who was told."
      aside={
        <Link className="button small" href="/silence">
          Silence
        </Link>
      }
    >
      <div className="filters">
        <Segments
          label="Which alerts"
          options={VIEWS}
          value={view}
          onChange={(next) => {
            change({ view: next === 'now' ? null : next });
          }}
        />
        <span className="grow" />
        {view === 'history' ? (
          <WindowBar shown={shown} defaultLengthMs={HISTORY_MS} lengthMaxMs={null} />
        ) : null}
      </div>
      {view === 'now' ? (
        <Answer of={open}>
          {(data) => (
            <AlertTable
              alerts={data.alerts}
              label="Alerts that are open"
              empty={<Empty title="Nothing burns">No alert is open. History has those before.</Empty>}
            />
          )}
        </Answer>
      ) : shown === null ? null : (
        <History shown={shown} />
      )}
    </Page>
  );
}

function History({ shown }: { readonly shown: TimeWindow }): ReactNode {
  const asked = usePages<Alerts>('alerts', {
    stream: shown.stream,
    from: shown.fromMs,
    to: shown.toMs,
    limit: 100,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = asked;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const all = useMemo(() => asked.data?.pages.flatMap(({ alerts }) => alerts), [asked.data]);
  return (
    <Answer of={{ data: all, error: asked.error, refetch: asked.refetch }}>
      {(alerts) => (
        <AlertTable
          alerts={alerts}
          label="Alerts that fired in this time"
          onNearEnd={more}
          empty={<Empty title="Nothing fired in this time">A longer stretch may have more.</Empty>}
        />
      )}
    </Answer>
  );
}

function AlertTable({
  alerts,
  label,
  empty,
  onNearEnd,
}: {
  readonly alerts: Alerts['alerts'];
  readonly label: string;
  readonly empty: ReactNode;
  readonly onNearEnd?: () => void;
}): ReactNode {
  const [, navigate] = useLocation();
  return (
    <DataTable
      label={label}
      columns={ALERT_COLUMNS}
      rows={alerts}
      rowKey={({ id }) => id}
      scroll="page"
      onOpen={({ id }) => {
        navigate(alertLink(id));
      }}
      empty={empty}
      {...(onNearEnd === undefined ? {} : { onNearEnd })}
    />
  );
}
