import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Overview } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { STAR_NOTE } from '../../parts/budget-text.ts';
import { overviewLink } from '../../parts/links.ts';
import { Section } from '../../parts/page.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { OVERVIEW_COLUMNS } from './overview-columns.tsx';

/** The budgets of one dimension: the same rows as the overview's. */
export function DimensionBudgets({ dimension }: { readonly dimension: string }): ReactNode {
  const [state] = useUrlState();
  const asked = useAnswer<Overview>('overview', { dimension, stream: state['stream'], limit: 100 });
  const title = `Budgets of ${dimension}`;
  return (
    <Section title={title} aside={<Link href={overviewLink({ dimension })}>In the overview</Link>}>
      <Answer of={asked}>
        {(answer) => (
          <>
            <DataTable
              label={title}
              columns={OVERVIEW_COLUMNS}
              rows={answer.rows}
              rowKey={({ id }) => id}
              empty={
                <Empty title={`No SLO is of ${dimension}`}>
                  One whose dimension is {dimension} stands here.
                </Empty>
              }
            />
            {answer.rows.some((row) => row.budget.isEstimated) ? (
              <p className="foot-note">{STAR_NOTE}</p>
            ) : null}
          </>
        )}
      </Answer>
    </Section>
  );
}
