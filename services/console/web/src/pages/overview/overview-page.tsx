import { useCallback, useMemo, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import type { Overview } from '../../../../src/api/contract/index.ts';
import { usePages } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { formatCount } from '../../parts/format.ts';
import { STAR_NOTE } from '../../parts/budget-text.ts';
import { compareLink, sloLink } from '../../parts/links.ts';
import { Page } from '../../parts/page.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { OVERVIEW_COLUMNS } from './overview-columns.tsx';
import { filtersOf, GROUPINGS, OverviewFilters } from './overview-filters.tsx';
import { OverviewGroups } from './overview-groups.tsx';
import { StateCounts } from './state-counts.tsx';

/** Rows of one page of the answer: what is in view comes with the first. */
const ROWS_PER_PAGE = 200;

/** Where every SLO stands, what burns first. */
export function OverviewPage(): ReactNode {
  const [state, change] = useUrlState();
  const [, navigate] = useLocation();
  const filters = useMemo(() => filtersOf(state), [state]);
  const asked = usePages<Overview>('overview', { ...filters, limit: ROWS_PER_PAGE });
  const first = asked.data?.pages[0];
  const rows = useMemo(() => asked.data?.pages.flatMap((page) => page.rows) ?? [], [asked.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = asked;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const grouping = GROUPINGS.find((one) => one === state['group']);

  return (
    <Page title="Overview" asOf={first?.about} about="Burning first, then by what is left of the budget.">
      <Answer of={{ data: first, error: asked.error, refetch: asked.refetch }}>
        {(overview) => (
          <>
            <StateCounts overview={overview} state={state} onChange={change} />
            <OverviewFilters overview={overview} state={state} onChange={change} />
            {grouping === undefined ? (
              <DataTable
                label={`SLOs, ${formatCount(overview.total)} rows`}
                columns={OVERVIEW_COLUMNS}
                rows={rows}
                rowKey={(row) => row.id}
                scroll="page"
                total={overview.total}
                onNearEnd={more}
                onOpen={(row) => {
                  navigate(sloLink(row));
                }}
                empty={<NoRows isFiltered={Object.keys(filters).length > 0} />}
              />
            ) : (
              <OverviewGroups grouping={grouping} overview={overview} filters={filters} />
            )}
            <p className="foot-note">
              {formatCount(overview.total)} of {formatCount(sumOf(overview.facets.stream))} rows
              {rows.some((row) => row.budget.isEstimated) ? `. ${STAR_NOTE}` : ''}
              {filters['service'] === undefined ? null : (
                <>
                  {' '}
                  <Link href={compareLink({ service: filters['service'], stream: filters['stream'] })}>
                    Compare two models, prompts or deployments of {filters['service']}
                  </Link>
                </>
              )}
            </p>
          </>
        )}
      </Answer>
    </Page>
  );
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function NoRows({ isFiltered }: { readonly isFiltered: boolean }): ReactNode {
  return isFiltered ? (
    <Empty title="No SLO is like this">Take a filter away to see more.</Empty>
  ) : (
    <Empty title="No SLO is given">
      Start <code>burnline up --specs FILE</code>; <code>burnline init --template chat</code> writes a first
      one.
    </Empty>
  );
}
