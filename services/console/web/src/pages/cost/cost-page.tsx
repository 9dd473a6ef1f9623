import { useMemo, type ReactNode } from 'react';
import type { Cost } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import type { ChartSeries } from '../../charts/chart-props.ts';
import { Chart } from '../../charts/chart.tsx';
import { colorProperty } from '../../charts/entity-color.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { Segments } from '../../parts/controls.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { formatCount, formatPercent, formatUsd } from '../../parts/format.ts';
import { Meter } from '../../parts/meter.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { useWindow, WindowBar } from '../../parts/use-window.tsx';
import { DimensionBudgets } from '../overview/dimension-budgets.tsx';
import { nameOf, usd } from './cost-text.ts';
import { Envelopes } from './envelopes.tsx';
import { Forecast, Unusual } from './outlook.tsx';

const DIMENSIONS = [
  { value: 'service', text: 'service' },
  { value: 'model', text: 'model' },
  { value: 'tenant', text: 'tenant' },
  { value: 'task_id', text: 'task' },
  { value: 'provider', text: 'provider' },
  { value: 'prompt_name', text: 'prompt' },
  { value: 'environment', text: 'environment' },
] as const;
/** As many as eyes can tell apart; the table has all. */
const LINES_MAX = 6;

/** What is spent, on what. */
export function CostPage(): ReactNode {
  const [state, change] = useUrlState();
  const by = DIMENSIONS.find(({ value }) => value === state['by'])?.value ?? 'service';
  const shown = useWindow();
  const asked = useAnswer<Cost>(
    'cost',
    { by, stream: shown?.stream, from: shown?.fromMs, to: shown?.toMs },
    { isAsked: shown !== null },
  );
  return (
    <Page title="Cost" asOf={asked.data?.about} about="Spend as it was billed or priced, in US dollars.">
      <div className="filters">
        <Segments
          label="By"
          options={DIMENSIONS}
          value={by}
          onChange={(next) => {
            change({ by: next });
          }}
        />
        <span className="grow" />
        <WindowBar shown={shown} />
      </div>
      <Answer of={asked}>
        {(answer) => (
          <>
            <Tiles answer={answer} />
            <Section title={`Spend by ${answer.by}`}>
              <div className="stack">
                <SpendChart answer={answer} />
                <Values answer={answer} />
              </div>
            </Section>
          </>
        )}
      </Answer>
      <Forecast stream={shown?.stream} />
      <Unusual stream={shown?.stream} />
      <Envelopes shown={shown} />
      <DimensionBudgets dimension="cost" />
    </Page>
  );
}

function Tiles({ answer }: { readonly answer: Cost }): ReactNode {
  return (
    <dl className="tiles">
      <div className="tile">
        <dt>Spent</dt>
        <dd className="figure">
          {answer.requests > 0 && answer.unpricedRatio === 1
            ? 'not known'
            : formatUsd(usd(answer.costNanoUsd))}
        </dd>
        <dd className="note">in the stretch that is shown</dd>
      </div>
      <div className="tile">
        <dt>Requests</dt>
        <dd className="figure">{formatCount(answer.requests)}</dd>
      </div>
      <div className="tile">
        <dt>Without a price</dt>
        <dd className={`figure ${answer.unpricedRatio > 0 ? 'tone-warn' : ''}`}>
          {formatPercent(answer.unpricedRatio, 1)}
        </dd>
        <dd className="note">
          {answer.unpricedRatio > 0
            ? 'of requests: what they cost is not in these figures'
            : 'every request has one'}
        </dd>
      </div>
    </dl>
  );
}

function SpendChart({ answer }: { readonly answer: Cost }): ReactNode {
  const series = useMemo<readonly ChartSeries[]>(
    () =>
      answer.values.slice(0, LINES_MAX).map(({ value, points }) => ({
        name: nameOf(value),
        kind: 'line',
        color: colorProperty(value),
        missing: 'zero',
        points: points.map(({ fromMs, costNanoUsd }) => ({
          fromMs,
          toMs: fromMs + answer.bucketMs,
          value: usd(costNanoUsd),
          isOpen: isOpenBucket(answer, fromMs),
        })),
      })),
    [answer],
  );
  const rest = answer.values.length - LINES_MAX;
  return (
    <Chart
      title="Spend per bucket"
      summary={`Cost by ${answer.by} over time, in US dollars.`}
      note={
        rest > 0 ? (
          <span className="dim">
            the {LINES_MAX} most expensive; the table has {rest} more
          </span>
        ) : null
      }
      series={series}
      stepMs={answer.bucketMs}
      range={answer}
      format={formatUsd}
      height={220}
      sql={answer.sql}
    />
  );
}

/** Whether the stretch ends within a bucket: more may come into it. */
function isOpenBucket({ toMs, bucketMs }: Cost, fromMs: number): boolean {
  return fromMs + bucketMs > toMs;
}

function Values({ answer }: { readonly answer: Cost }): ReactNode {
  return (
    <DataTable
      label={`Spend by ${answer.by}`}
      rows={answer.values}
      rowKey={({ value }) => value}
      scroll="page"
      empty={<Empty title="Nothing was spent in this time">A longer stretch may have more.</Empty>}
      columns={[
        {
          id: 'value',
          head: answer.by,
          wraps: true,
          cell: ({ value }) => (
            <>
              <i className={`swatch ${colorProperty(value).slice(2)}`} />
              <span className="name">{nameOf(value)}</span>
            </>
          ),
        },
        { id: 'cost', head: 'spent', align: 'end', cell: ({ costNanoUsd }) => formatUsd(usd(costNanoUsd)) },
        {
          id: 'share',
          head: 'share',
          align: 'end',
          cell: ({ shareOfCost }) => (
            <>
              {formatPercent(shareOfCost, 1)}
              <Meter ratio={shareOfCost} tone="quiet" />
            </>
          ),
        },
        { id: 'requests', head: 'requests', align: 'end', cell: ({ requests }) => formatCount(requests) },
        {
          id: 'unpriced',
          head: 'without a price',
          align: 'end',
          priority: 2,
          cell: ({ unpriced, unpricedRatio }) =>
            unpriced === 0 ? (
              <span className="dim">none</span>
            ) : (
              `${formatCount(unpriced)} (${formatPercent(unpricedRatio, 1)})`
            ),
        },
      ]}
    />
  );
}
