import { useMemo, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Drifts, SloDrift } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import type { ChartSeries } from '../../charts/chart-props.ts';
import { Chart } from '../../charts/chart.tsx';
import { colorProperty } from '../../charts/entity-color.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { formatCount, formatDuration, formatInstant, formatNumber } from '../../parts/format.ts';
import { Labels } from '../../parts/labels.tsx';
import { sloLink } from '../../parts/links.ts';
import { Section } from '../../parts/page.tsx';
import { Badge } from '../../parts/state-badge.tsx';
import type { TimeWindow } from '../../parts/use-window.tsx';

type Rule = Drifts['slos'][number];
type Series = SloDrift['series'][number];

const LINES_MAX = 6;
/** Each is a question of its own; the budgets below have all of them. */
const FIELDS_MAX = 12;
const STATISTIC_WORDS = {
  psi: 'population stability index',
  'kolmogorov-smirnov': 'Kolmogorov-Smirnov distance',
  'chi-square': 'chance of such a difference (chi-square)',
} as const;

const formatFigure = (value: number | null): string =>
  value === null
    ? '-'
    : value !== 0 && Math.abs(value) < 0.0005
      ? value.toExponential(1)
      : formatNumber(value, 3);

/** How far distributions have moved, field by field, against the bounds that their SLOs set. */
export function Drift({ shown }: { readonly shown: TimeWindow | null }): ReactNode {
  const asked = useAnswer<Drifts>('drift', { stream: shown?.stream }, { isAsked: shown !== null });
  return (
    <Section title="Drift" about="How far the distribution of a field has moved, by the SLOs that watch it.">
      <Answer of={asked}>
        {({ slos }) =>
          slos.length === 0 || shown === null ? (
            <div className="table-box empty">
              <Empty title="No SLO watches a distribution">
                A <code>thresholdMetric</code> with <code>drift</code> stands here.
              </Empty>
            </div>
          ) : (
            <div className="stack">
              {slos.slice(0, FIELDS_MAX).map((rule) => (
                <Field key={rule.slo} rule={rule} shown={shown} />
              ))}
              {slos.length <= FIELDS_MAX ? null : (
                <p className="dim">The first {FIELDS_MAX} by name; the budgets of drift have all of them.</p>
              )}
            </div>
          )
        }
      </Answer>
    </Section>
  );
}

function Field({ rule, shown }: { readonly rule: Rule; readonly shown: TimeWindow }): ReactNode {
  const asked = useAnswer<SloDrift>(`slos/${encodeURIComponent(rule.slo)}/drift`, {
    stream: shown.stream,
    from: shown.fromMs,
    to: shown.toMs,
  });
  return (
    <>
      <div className="pop-head">
        <h3 className="sub-title mono">{rule.field}</h3>
        <Link href={sloLink({ slo: rule.slo, series: null, stream: shown.stream })}>{rule.slo}</Link>
      </div>
      <p className="dim">
        {STATISTIC_WORDS[rule.statistic]} of each {formatDuration(rule.sliceMs)} against {rule.against}; good
        while {rule.operator} {rule.bound}
      </p>
      <Answer of={asked}>
        {(answer) => (
          <>
            {answer.series.length === 0 ? null : <DriftChart answer={answer} />}
            <DriftTable answer={answer} />
          </>
        )}
      </Answer>
    </>
  );
}

const nameOf = ({ labels }: Series): string => Object.values(labels).join(' / ') || 'all';

function DriftChart({ answer }: { readonly answer: SloDrift }): ReactNode {
  const series = useMemo<readonly ChartSeries[]>(
    () =>
      answer.series.slice(0, LINES_MAX).map((one) => ({
        name: nameOf(one),
        kind: 'line',
        color: colorProperty(nameOf(one)),
        missing: 'gap',
        points: one.points.map(({ fromMs, toMs, figure }) => ({
          fromMs,
          toMs,
          value: figure,
          isOpen: false,
        })),
      })),
    [answer],
  );
  const { rule } = answer;
  return (
    <Chart
      title={`Drift of ${rule.field}`}
      summary={`${STATISTIC_WORDS[rule.statistic]} of each slice, by series, with the bound ${rule.operator} ${rule.bound}.`}
      series={series}
      stepMs={rule.sliceMs}
      range={answer}
      format={formatFigure}
      thresholds={[{ value: rule.bound, color: '--bad', label: `${rule.operator} ${rule.bound}` }]}
      height={180}
    />
  );
}

function DriftTable({ answer }: { readonly answer: SloDrift }): ReactNode {
  const { rule } = answer;
  const rows = answer.series.flatMap((one) => {
    const last = one.points.at(-1);
    return last === undefined ? [] : [{ ...one, last }];
  });
  return (
    <DataTable
      label={`Drift of ${rule.field} in ${rule.slo}`}
      rows={rows}
      rowKey={({ series }) => series}
      scroll="page"
      empty={
        <Empty title="No slice was judged in this time">
          A slice and what it is held against need {formatCount(rule.countMin)} values each.
        </Empty>
      }
      columns={[
        {
          id: 'series',
          head: 'series',
          wraps: true,
          cell: (one) => (
            <>
              <i className={`swatch ${colorProperty(nameOf(one)).slice(2)}`} />
              {Object.keys(one.labels).length === 0 ? 'all' : <Labels labels={one.labels} />}
            </>
          ),
        },
        { id: 'figure', head: 'last figure', align: 'end', cell: ({ last }) => formatFigure(last.figure) },
        { id: 'bound', head: 'bound', align: 'end', cell: () => `${rule.operator} ${rule.bound}` },
        {
          id: 'stands',
          head: 'stands',
          cell: ({ last }) => (
            <Badge tone={last.isGood ? 'good' : 'bad'}>{last.isGood ? 'as before' : 'drifts'}</Badge>
          ),
        },
        {
          id: 'slice',
          head: 'slice (UTC)',
          wraps: 'never',
          priority: 2,
          cell: ({ last }) => formatInstant(last.fromMs),
        },
        {
          id: 'values',
          head: 'values',
          align: 'end',
          priority: 2,
          cell: ({ last }) => `${formatCount(last.valueCount)} of ${formatCount(last.referenceCount)}`,
        },
      ]}
    />
  );
}
