import { useMemo, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Quality } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import type { ChartSeries } from '../../charts/chart-props.ts';
import { Chart } from '../../charts/chart.tsx';
import { colorProperty } from '../../charts/entity-color.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { formatCount, formatPercent } from '../../parts/format.ts';
import { compareLink } from '../../parts/links.ts';
import { Page, Section } from '../../parts/page.tsx';
import { useWindow, WindowBar } from '../../parts/use-window.tsx';
import { DimensionBudgets } from '../overview/dimension-budgets.tsx';
import { Drift } from './drift.tsx';

type Evaluator = Quality['evaluators'][number];
const WEEK_MS = 7 * 86_400_000;
const LINES_MAX = 6;

/** What evaluators say of the answers. */
export function QualityPage(): ReactNode {
  const shown = useWindow(WEEK_MS);
  const asked = useAnswer<Quality>(
    'quality',
    { stream: shown?.stream, from: shown?.fromMs, to: shown?.toMs },
    { isAsked: shown !== null },
  );
  return (
    <Page
      title="Quality"
      asOf={asked.data?.about}
      about="Pass rates by evaluator and version, with the bounds between which the true rate lies with a confidence of 95 %; and how far distributions have moved."
    >
      <div className="filters">
        <span className="grow" />
        <WindowBar shown={shown} defaultLengthMs={WEEK_MS} />
      </div>
      <Answer of={asked}>
        {(answer) => (
          <Section
            title="Verdicts"
            aside={<Link href={compareLink({ stream: shown?.stream })}>Compare two models or prompts</Link>}
          >
            <div className="stack">
              {answer.evaluators.length === 0 ? null : <PassChart answer={answer} />}
              <Evaluators evaluators={answer.evaluators} />
              {answer.evaluators.length < 2 ? null : <Agreement pairs={answer.agreement} />}
            </div>
          </Section>
        )}
      </Answer>
      <Drift shown={shown} />
      <DimensionBudgets dimension="quality" />
      <DimensionBudgets dimension="drift" />
    </Page>
  );
}

const nameOf = ({ evaluator, version, dimension }: Evaluator): string =>
  [evaluator, version, dimension].filter((part) => part !== '').join(' / ');

function PassChart({ answer }: { readonly answer: Quality }): ReactNode {
  const series = useMemo<readonly ChartSeries[]>(
    () =>
      answer.evaluators.slice(0, LINES_MAX).map((evaluator) => ({
        name: nameOf(evaluator),
        kind: 'line',
        color: colorProperty(nameOf(evaluator)),
        missing: 'gap',
        points: evaluator.points.map(({ fromMs, passed, total }) => ({
          fromMs,
          toMs: fromMs + answer.bucketMs,
          value: total === 0 ? null : passed / total,
          isOpen: fromMs + answer.bucketMs > answer.toMs,
        })),
      })),
    [answer],
  );
  return (
    <Chart
      title="Pass rate"
      summary="Share of verdicts that passed in each bucket, by evaluator, version and dimension."
      series={series}
      stepMs={answer.bucketMs}
      range={answer}
      format={formatPercent}
      formatAxis={(value) => formatPercent(value, 0)}
      height={220}
    />
  );
}

function Evaluators({ evaluators }: Pick<Quality, 'evaluators'>): ReactNode {
  return (
    <DataTable
      label="Evaluators"
      rows={evaluators}
      rowKey={nameOf}
      scroll="page"
      empty={
        <Empty title="No verdicts in this time">
          Evaluators send them beside the events that they judge.
        </Empty>
      }
      columns={[
        {
          id: 'evaluator',
          head: 'evaluator',
          wraps: true,
          cell: (one) => (
            <>
              <i className={`swatch ${colorProperty(nameOf(one)).slice(2)}`} />
              <span className="name">{one.evaluator}</span>
              <div className="sub">
                <span>{one.version === '' ? 'no version' : one.version}</span>
                <span>{one.kind}</span>
              </div>
            </>
          ),
        },
        { id: 'dimension', head: 'dimension', cell: ({ dimension }) => dimension },
        {
          id: 'rate',
          head: 'passed',
          align: 'end',
          cell: ({ passRatio, passed, total }) => (
            <>
              {formatPercent(passRatio, 1)}
              <div className="dim">
                {formatCount(passed)} of {formatCount(total)}
              </div>
            </>
          ),
        },
        {
          id: 'bounds',
          head: 'between',
          align: 'end',
          cell: ({ lowerBound, upperBound }) =>
            `${formatPercent(lowerBound, 1)} and ${formatPercent(upperBound, 1)}`,
        },
      ]}
    />
  );
}

type Pair = NonNullable<Quality['agreement']>[number];
const judgeOf = ({ evaluator, version }: Pair['first']): string =>
  version === '' ? evaluator : `${evaluator} ${version}`;

/** How far evaluators that judged the same requests say the same. */
function Agreement({ pairs }: { readonly pairs: readonly Pair[] | null }): ReactNode {
  return (
    <>
      <h3 className="sub-title">Judges that judged the same requests</h3>
      <DataTable
        label="Agreement of judges"
        rows={pairs ?? []}
        rowKey={({ dimension, first, second }) => [dimension, judgeOf(first), judgeOf(second)].join(' / ')}
        scroll="page"
        empty={
          <Empty
            title={
              pairs === null ? 'There are too many verdicts to tell' : 'No request was judged by two of them'
            }
          >
            {pairs === null ? 'Look at a shorter stretch.' : null}
          </Empty>
        }
        columns={[
          {
            id: 'judges',
            head: 'judges',
            wraps: true,
            cell: ({ first, second }) => `${judgeOf(first)} and ${judgeOf(second)}`,
          },
          { id: 'dimension', head: 'dimension', cell: ({ dimension }) => dimension },
          { id: 'both', head: 'judged by both', align: 'end', cell: ({ requests }) => formatCount(requests) },
          {
            id: 'agreed',
            head: 'say the same',
            align: 'end',
            cell: ({ agreedRatio }) => formatPercent(agreedRatio, 1),
          },
          {
            id: 'kappa',
            head: 'beyond chance (kappa)',
            align: 'end',
            cell: ({ kappa }) => (kappa === null ? 'not known' : kappa.toFixed(2)),
          },
          {
            id: 'differ',
            head: 'passed by the first, second alone',
            align: 'end',
            priority: 2,
            cell: ({ onlyFirstPassed, onlySecondPassed }) =>
              `${formatCount(onlyFirstPassed)}, ${formatCount(onlySecondPassed)}`,
          },
        ]}
      />
    </>
  );
}
