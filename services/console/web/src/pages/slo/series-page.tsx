import type { UseQueryResult } from '@tanstack/react-query';
import { useCallback, useMemo, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { OverviewRow, SloHistory, SloSeries } from '../../../../src/api/contract/index.ts';
import type { ApiProblem } from '../../api/client.ts';
import { useAnswer } from '../../api/use-answer.ts';
import type { TimeRange } from '../../charts/align.ts';
import { Answer } from '../../parts/answer.tsx';
import { CopySql } from '../../parts/copy-sql.tsx';
import { Labels } from '../../parts/labels.tsx';
import { compareLink, overviewLink, sloLink } from '../../parts/links.ts';
import { Page, Section } from '../../parts/page.tsx';
import { RangeBar } from '../../parts/range-bar.tsx';
import { presetsWithin } from '../../parts/range.ts';
import { rangeOf } from '../../parts/url-state.ts';
import { useUrlState } from '../../parts/use-url-state.ts';
import { endOf } from '../../parts/use-window.tsx';
import { Changes } from './changes.tsx';
import { ClosedPeriods } from './closed-periods.tsx';
import { DocumentFacts } from './document-facts.tsx';
import { SloCharts } from './slo-charts.tsx';
import { SloTiles } from './slo-tiles.tsx';
import { StretchPanel } from './stretch-panel.tsx';
import { TierTable } from './tier-table.tsx';

const DEFAULT_LENGTH_MS = 6 * 3_600_000;

/** One series of an SLO: what is left, what burns, since when, and which events it is. */
export function SeriesPage({ slo, series }: { readonly slo: string; readonly series: string }): ReactNode {
  const path = `slos/${encodeURIComponent(slo)}/series/${encodeURIComponent(series)}`;
  const [state, change] = useUrlState();
  const stream = state['stream'];
  const asked = useAnswer<SloSeries>(path, { stream });
  const range = useRange(asked.data);
  const history = useAnswer<SloHistory>(
    `${path}/history`,
    { stream, from: range?.fromMs, to: range?.toMs },
    { isAsked: range !== null },
  );
  const onRange = useCallback(
    ({ fromMs, toMs }: TimeRange) => {
      change({ from: String(fromMs), to: String(toMs), last: null });
    },
    [change],
  );
  const row = asked.data?.row;
  return (
    <Page
      title={slo}
      asOf={asked.data?.about}
      crumbs={<Crumbs row={row} />}
      about={row === undefined ? undefined : <SeriesAbout answer={asked.data} />}
    >
      <Answer of={asked}>
        {(answer) => (
          <>
            <SloTiles answer={answer} />
            <Section
              title="Burn rates"
              about="How fast the budget goes, against the rate at which each tier fires."
            >
              <TierTable tiers={answer.tiers} />
            </Section>
            <HistorySection answer={answer} history={history} range={range} onRange={onRange} />
            {range === null ? null : <StretchPanel path={path} stream={answer.row.stream} range={range} />}
            <ClosedPeriods periods={answer.closedPeriods} />
            {answer.document === null ? null : <DocumentFacts document={answer.document} row={answer.row} />}
          </>
        )}
      </Answer>
    </Page>
  );
}

function SeriesAbout({ answer }: { readonly answer: SloSeries | undefined }): ReactNode {
  if (answer === undefined) return null;
  const { row, sql } = answer;
  const runbook = answer.document?.runbook ?? null;
  return (
    <span className="row">
      <Labels labels={row.labels} />
      <span>{[row.dimension, row.track, row.criticality, row.team].filter(Boolean).join(', ')}</span>
      {runbook === null ? null : <a href={runbook}>Runbook</a>}
      <Link href={compareLink(row)}>Compare models, prompts, deployments</Link>
      <CopySql sql={sql} of="these figures" />
    </span>
  );
}

/** Some hours of history, or the whole window where that is shorter. */
function defaultLengthMs({ period }: SloSeries): number {
  return Math.min(period.lengthMs ?? DEFAULT_LENGTH_MS, DEFAULT_LENGTH_MS);
}

/** What is shown: the stretch in the address, else the preset's length up to what is judged. */
function useRange(answer: SloSeries | undefined): TimeRange | null {
  const [state] = useUrlState();
  const own = rangeOf(state);
  const last = Number(state['last'] ?? Number.NaN);
  const [ownFromMs, ownToMs] = [own?.fromMs ?? null, own?.toMs ?? null];
  return useMemo(() => {
    if (ownFromMs !== null && ownToMs !== null) return { fromMs: ownFromMs, toMs: ownToMs };
    if (answer === undefined) return null;
    const judged = answer.about.streams.find(({ stream }) => stream === answer.row.stream);
    const endMs = judged?.evaluatedThroughMs ?? answer.row.evaluatedAtMs ?? Date.parse(answer.about.asOf);
    const toMs = endOf(endMs);
    const lengthMs = last > 0 ? last : defaultLengthMs(answer);
    return { fromMs: toMs - lengthMs, toMs };
  }, [ownFromMs, ownToMs, answer, last]);
}

function HistorySection({
  answer,
  history,
  range,
  onRange,
}: {
  readonly answer: SloSeries;
  readonly history: UseQueryResult<SloHistory, ApiProblem>;
  readonly range: TimeRange | null;
  readonly onRange: (range: TimeRange) => void;
}): ReactNode {
  const [state, change] = useUrlState();
  return (
    <Section
      title="History"
      about="Drag over a chart to see a stretch of it, and what was bad in it."
      aside={
        <RangeBar
          presets={presetsWithin(answer.period.lengthMs, 'period')}
          last={Number(state['last'] ?? defaultLengthMs(answer))}
          range={rangeOf(state)}
          shown={range}
          onLast={(lengthMs) => {
            change({ last: String(lengthMs), from: null, to: null });
          }}
          onRange={onRange}
        />
      }
    >
      <Answer of={history}>
        {(data) => (
          <div aria-busy={history.isPlaceholderData}>
            <SloCharts history={data} tiers={answer.tiers} onRange={onRange} />
            <Changes
              marks={data.marks}
              gaps={data.gaps}
              of={{ service: answer.row.service, stream: answer.row.stream, toMs: data.toMs }}
            />
          </div>
        )}
      </Answer>
    </Section>
  );
}

function Crumbs({ row }: { readonly row: OverviewRow | undefined }): ReactNode {
  return (
    <>
      <Link href="/">Overview</Link>
      {row === undefined ? null : (
        <>
          <span>/</span>
          <Link href={overviewLink({ service: row.service })}>{row.service}</Link>
          <span>/</span>
          <Link href={sloLink({ ...row, series: null })}>all series</Link>
        </>
      )}
    </>
  );
}
