import type { ReactNode } from 'react';
import type { CostForecast, UnusualSpend } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { CopySql } from '../../parts/copy-sql.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import {
  formatInstant,
  formatNumber,
  formatPercent,
  formatShortInstant,
  formatUsd,
} from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { nameOf, usd } from './cost-text.ts';

/** What the month comes to, and what it is assumed by. */
export function Forecast({ stream }: { readonly stream: string | undefined }): ReactNode {
  const asked = useAnswer<CostForecast>('cost/forecast', { stream });
  return (
    <Section
      title="This month"
      about={asked.data?.assumption}
      aside={asked.data === undefined ? undefined : <CopySql sql={asked.data.sql} of="spend of this month" />}
    >
      <Answer of={asked}>{(answer) => <ForecastTiles answer={answer} />}</Answer>
    </Section>
  );
}

function ForecastTiles({ answer }: { readonly answer: CostForecast }): ReactNode {
  const { rate } = answer;
  return (
    <dl className="tiles">
      <div className="tile">
        <dt>Spent so far</dt>
        <dd className="figure">{formatUsd(usd(answer.spentNanoUsd))}</dd>
        <dd className="note">since {formatShortInstant(answer.fromMs)} UTC</dd>
        {answer.unpricedRatio === 0 ? null : (
          <dd className="note tone-warn">
            {formatPercent(answer.unpricedRatio, 1)} of requests have no price
          </dd>
        )}
      </div>
      <div className="tile">
        <dt>The whole month</dt>
        <dd className="figure">{formatUsd(usd(answer.expectedNanoUsd))}</dd>
        <dd className="note">
          {rate === null
            ? 'not forecast yet'
            : `at today's rate, up to ${formatShortInstant(answer.toMs)} UTC`}
        </dd>
      </div>
      <div className="tile">
        <dt>Today&apos;s rate</dt>
        <dd className="figure">{formatUsd(usd(rate?.costNanoUsd))}</dd>
        <dd className="note">
          {rate === null ? 'less than an hour' : `since ${formatShortInstant(rate.fromMs)} UTC`}
        </dd>
      </div>
    </dl>
  );
}

const DIMENSION_WORDS: Readonly<Record<string, string>> = { task_id: 'task' };

/** Who spent far more than before, by the rule that is named. */
export function Unusual({ stream }: { readonly stream: string | undefined }): ReactNode {
  const asked = useAnswer<UnusualSpend>('cost/unusual', { stream });
  return (
    <Section title="What is unusual" about={asked.data?.isTold === true ? asked.data.rule.text : undefined}>
      <Answer of={asked}>
        {(answer) =>
          answer.isTold ? (
            <UnusualTable answer={answer} />
          ) : (
            <div className="table-box empty">
              <Empty title="It cannot be told yet">{answer.rule.text}</Empty>
            </div>
          )
        }
      </Answer>
    </Section>
  );
}

function UnusualTable({ answer }: { readonly answer: UnusualSpend }): ReactNode {
  const rows = answer.dimensions.flatMap(({ by, values }) => values.map((one) => ({ by, ...one })));
  return (
    <div className="stack">
      <DataTable
        label="Unusual spend"
        rows={rows}
        rowKey={({ by, value }) => `${by} ${value}`}
        empty={
          <Empty title="Nothing is unusual">
            From {formatInstant(answer.fromMs)} to {formatInstant(answer.toMs)} UTC.
          </Empty>
        }
        columns={[
          {
            id: 'who',
            head: 'who',
            wraps: true,
            cell: ({ by, value }) => (
              <>
                <span className="chip">{DIMENSION_WORDS[by] ?? by}</span>{' '}
                <span className="name">{nameOf(value)}</span>
              </>
            ),
          },
          {
            id: 'spent',
            head: 'last 24 h',
            align: 'end',
            cell: ({ spentNanoUsd }) => formatUsd(usd(spentNanoUsd)),
          },
          {
            id: 'usual',
            head: 'median day',
            align: 'end',
            cell: ({ usualNanoUsd }) => formatUsd(usd(usualNanoUsd)),
          },
          {
            id: 'times',
            head: 'times the median',
            align: 'end',
            cell: ({ timesUsual }) => (timesUsual === null ? 'new' : `${formatNumber(timesUsual, 1)}x`),
          },
        ]}
      />
      <div className="row">
        {answer.dimensions.map(({ by, sql }) => (
          <span key={by} className="row">
            <span className="dim">{DIMENSION_WORDS[by] ?? by}</span>
            <CopySql sql={sql} of={`unusual spend by ${DIMENSION_WORDS[by] ?? by}`} />
          </span>
        ))}
      </div>
    </div>
  );
}
