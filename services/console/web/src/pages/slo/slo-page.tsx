import { type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import type { Slo } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { sloLink } from '../../parts/links.ts';
import { Page } from '../../parts/page.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { OVERVIEW_COLUMNS } from '../overview/overview-columns.tsx';
import { SeriesPage } from './series-page.tsx';

/** One SLO: the series that the address names, or the list of them. */
export function SloPage(): ReactNode {
  const [state] = useUrlState();
  const slo = state['slo'] ?? '';
  const series = state['series'];
  if (series !== undefined && series !== '')
    return <SeriesPage key={`${slo} ${series}`} slo={slo} series={series} />;
  return <SeriesList key={slo} slo={slo} />;
}

function SeriesList({ slo }: { readonly slo: string }): ReactNode {
  const [state] = useUrlState();
  const asked = useAnswer<Slo>(`slos/${encodeURIComponent(slo)}`, { stream: state['stream'] });
  const [, navigate] = useLocation();
  const only = asked.data?.series.length === 1 ? asked.data.series[0]?.series : null;
  if (typeof only === 'string') return <SeriesPage slo={slo} series={only} />;
  return (
    <Page title={slo} asOf={asked.data?.about} crumbs={<Link href="/">Overview</Link>}>
      <Answer of={asked}>
        {(answer) => (
          <>
            <p className="about">{answer.document?.description}</p>
            <DataTable
              label={`Series of ${slo}`}
              columns={OVERVIEW_COLUMNS}
              rows={answer.series}
              rowKey={(row) => row.id}
              scroll="page"
              onOpen={(row) => {
                navigate(sloLink(row));
              }}
              empty={<Empty title="This SLO has no series">Nothing was counted by it yet.</Empty>}
            />
          </>
        )}
      </Answer>
    </Page>
  );
}
