import {
  readAttribution,
  readBadCases,
  readBurnStart,
  readChangesBefore,
  readEvaluatedThrough,
  readFiredSpecs,
  readImpact,
  isImpactCounted,
  type BadCase,
  type ChangeBefore,
  type FiredSpec,
  type Impact,
  type ImpactSeries,
  type IncidentDetail,
  type SloAttribution,
  type TimeRange,
} from '@burnline/queries';
import type { Store } from '@burnline/runtime';

/** What a draft of a postmortem is made of: all of it is read from rows. */
export interface PostmortemFacts {
  readonly incident: IncidentDetail;
  /** When what its first page fired for is most likely to have begun, epoch ms; null: the panes are gone. */
  readonly startedMs: number | null;
  /** From there to the page, seconds. */
  readonly toDetectS: number | null;
  /** What the figures are of: from the begin to the end, or as far as it was judged. */
  readonly range: TimeRange;
  readonly impact: Impact;
  /** SLOs, series by series, whose bad events are no single ones: composites, means, envelopes, `__other__`. */
  readonly uncounted: readonly string[];
  readonly attributions: readonly SloFindings[];
  readonly changes: readonly ChangeBefore[];
  readonly cases: readonly BadCase[];
  /** The SLO that paged first, as it was then. */
  readonly opener: FiredSpec | null;
}

interface SloFindings {
  readonly slo: string;
  readonly found: SloAttribution;
}

/** Evaluation cases that a draft begins. */
const CASES_MAX = 20;
/** SLOs of which it is asked where bad events came from. */
const ATTRIBUTED_MAX = 5;

/** When an incident began, by the burn of the alert that opened it, and what its SLOs were then. */
export async function readIncidentStart(
  store: Store,
  incident: IncidentDetail,
): Promise<{
  readonly startedMs: number | null;
  readonly toDetectS: number | null;
  readonly specs: readonly FiredSpec[];
  readonly opener: FiredSpec | null;
}> {
  const specs = await readFiredSpecs(store, incident.alerts);
  const alert = incident.alerts.find(({ isPaging }) => isPaging);
  const opener = specs.find(({ slo, specRev }) => slo === alert?.slo && specRev === alert.specRev) ?? null;
  const startedMs =
    alert === undefined || opener === null
      ? null
      : await readBurnStart(store, { alert, stream: incident.stream, target: opener.target });
  const toDetectS = startedMs === null ? null : (incident.openedMs - startedMs) / 1_000;
  return { startedMs, toDetectS, specs, opener };
}

/** Everything that a draft says, over raw rows (kept for 35 days). Rejects with QUERY_TOO_LARGE. */
export async function readPostmortem(store: Store, incident: IncidentDetail): Promise<PostmortemFacts> {
  const { stream, service } = incident;
  const { startedMs, toDetectS, specs, opener } = await readIncidentStart(store, incident);
  const range = await rangeOf(store, incident, startedMs);
  const series = seriesOf(incident, specs);
  const asked = { stream, ...range, series };
  const impact = await readImpact(store, asked);
  const attributions: SloFindings[] = [];
  for (const { sli } of attributed(specs))
    attributions.push({
      slo: sli.slo,
      found: await readAttribution(store, { stream, plan: sli, labels: {}, ...range }),
    });
  return {
    ...{ incident, startedMs, toDetectS, range, impact, attributions, opener },
    uncounted: series
      .filter((one) => !isImpactCounted(one))
      .map(({ plan }) => plan.slo)
      .filter((slo, index, all) => all.indexOf(slo) === index),
    changes:
      opener === null ? [] : await readChangesBefore(store, { stream, plan: opener.sli, service, ...range }),
    cases: await readBadCases(store, { ...asked, limit: CASES_MAX }),
  };
}

async function rangeOf(
  store: Store,
  { stream, openedMs, resolvedMs, alerts }: IncidentDetail,
  startedMs: number | null,
): Promise<TimeRange> {
  const fromMs = startedMs ?? openedMs - (alerts.find(({ isPaging }) => isPaging)?.longMs ?? 0);
  const throughMs = resolvedMs ?? (await readEvaluatedThrough(store, { stream, asOfMs: null })) ?? openedMs;
  return { fromMs: Math.max(0, fromMs), toMs: Math.max(throughMs, openedMs, fromMs + 1_000) };
}

/** The series of the alerts, each once, counted as their first alert was. */
function seriesOf({ alerts }: IncidentDetail, specs: readonly FiredSpec[]): readonly ImpactSeries[] {
  const found = new Map<string, ImpactSeries>();
  for (const { slo, specRev, labels } of alerts) {
    const spec = specs.find((one) => one.slo === slo && one.specRev === specRev);
    const key = JSON.stringify([slo, Object.entries(labels).sort()]);
    if (spec !== undefined && !found.has(key)) found.set(key, { plan: spec.sli, labels });
  }
  return [...found.values()];
}

/** SLOs of single events, each by its first revision. */
function attributed(specs: readonly FiredSpec[]): readonly FiredSpec[] {
  return specs
    .filter(({ sli }) => isImpactCounted({ plan: sli, labels: {} }))
    .filter(({ slo }, index, all) => all.findIndex((one) => one.slo === slo) === index)
    .slice(0, ATTRIBUTED_MAX);
}
