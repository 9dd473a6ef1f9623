import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Overview, OverviewRow } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { formatCount } from '../../parts/format.ts';
import { overviewLink } from '../../parts/links.ts';
import { Badge, STATE_WORDS } from '../../parts/state-badge.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { OVERVIEW_COLUMNS } from './overview-columns.tsx';
import type { Grouping } from './overview-filters.tsx';

/** Rows of a group that are shown in place; all are one click away. */
const ROWS_IN_GROUP = 50;
const GROUPS_MAX = 200;

type Filters = Readonly<Record<string, string>>;

/** Rows by service, team and so on: each group says how it stands, and expands in place. */
export function OverviewGroups({
  grouping,
  overview,
  filters,
}: {
  readonly grouping: Grouping;
  readonly overview: Overview;
  readonly filters: Filters;
}): ReactNode {
  const all = Object.keys(overview.facets[grouping]).sort((a, b) => a.localeCompare(b));
  const chosen = filters[grouping];
  const values = chosen === undefined ? all.filter((value) => value !== '') : [chosen];
  if (values.length === 0) return <Empty title={`No SLO says its ${grouping}`} />;
  return (
    <div className="groups">
      {values.slice(0, GROUPS_MAX).map((value) => (
        <Group key={value} grouping={grouping} value={value} filters={{ ...filters, [grouping]: value }} />
      ))}
      {values.length > GROUPS_MAX ? (
        <p className="foot-note">
          {formatCount(values.length - GROUPS_MAX)} more groups are not shown: filter to see them.
        </p>
      ) : null}
    </div>
  );
}

function Group({
  grouping,
  value,
  filters,
}: {
  readonly grouping: Grouping;
  readonly value: string;
  readonly filters: Filters;
}): ReactNode {
  const [state, change] = useUrlState();
  const open = (state['open'] ?? '').split('\n').filter((one) => one !== '');
  const isOpen = open.includes(value);
  const asked = useAnswer<Overview>('overview', { ...filters, limit: isOpen ? ROWS_IN_GROUP : 1 });
  const toggle = (): void => {
    const next = isOpen ? open.filter((one) => one !== value) : [...open, value];
    change({ open: next.join('\n') });
  };
  return (
    <section className="panel group" aria-label={`${grouping} ${value}`}>
      <h2>
        <button type="button" className="group-head" aria-expanded={isOpen} onClick={toggle}>
          <span className="chevron" aria-hidden="true" />
          <span className="name">{value}</span>
          {asked.data === undefined ? null : <GroupCounts overview={asked.data} />}
        </button>
      </h2>
      {!isOpen ? null : (
        <Answer of={asked}>
          {(overview) => (
            <>
              <DataTable<OverviewRow>
                label={`SLOs of ${grouping} ${value}`}
                columns={OVERVIEW_COLUMNS}
                rows={overview.rows}
                rowKey={(row) => row.id}
                empty={<Empty title="No SLO is like this" />}
              />
              {overview.next === null ? null : (
                <p className="foot-note">
                  <Link href={overviewLink(filters)}>All {formatCount(overview.total)} rows</Link>
                </p>
              )}
            </>
          )}
        </Answer>
      )}
    </section>
  );
}

function GroupCounts({ overview: { counts, total } }: { readonly overview: Overview }): ReactNode {
  const states = (['breached', 'at_risk', 'no_data'] as const).filter((one) => counts.state[one] > 0);
  return (
    <>
      <span className="dim">{formatCount(total)}</span>
      {counts.firing > 0 ? <Badge tone="bad">{formatCount(counts.firing)} burning</Badge> : null}
      {states.map((one) => (
        <Badge key={one} tone={STATE_WORDS[one].tone}>
          {formatCount(counts.state[one])} {STATE_WORDS[one].word}
        </Badge>
      ))}
    </>
  );
}
