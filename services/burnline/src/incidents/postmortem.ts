import type { Attribution } from '@burnline/core';
import type { PartBurn } from '@burnline/judging';
import {
  isQueryRefused,
  labelsThatTell,
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
  type TimeRange,
} from '@burnline/queries';
import { explainBad, seriesKeyOf } from '@burnline/reading';
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
  /** SLOs of series whose bad events are no single ones, or cannot be found: composites, means, envelopes, `__other__`, labels that alerts cut. */
  readonly uncounted: readonly string[];
  readonly attributions: readonly SloFindings[];
  /** What the parts of a composite that alerted burnt of it, the one that burnt most first. */
  readonly composites: readonly { readonly slo: string; readonly parts: readonly PartBurn[] }[];
  readonly changes: readonly ChangeBefore[];
  readonly cases: readonly BadCase[];
  /** What could not be read, and why. */
  readonly unread: readonly string[];
  /** The SLO that paged first, as it was then. */
  readonly opener: FiredSpec | null;
}

interface SloFindings {
  readonly slo: string;
  /** Of a composite: the part whose events these are; absent: the SLO counts them itself. */
  readonly part?: string;
  readonly found: Attribution;
}

/** Evaluation cases that a draft begins. */
const CASES_MAX = 20;
/** SLOs of which it is asked where bad events came from. */
const ATTRIBUTED_MAX = 5;
/** For each statement, as `burnline explain` has it. */
const TIMEOUT_MS = 60_000;

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
  const unread: string[] = [];
  const findings = await findingsOf(store, { incident, specs: attributed(specs, opener), range, unread });
  const changes =
    opener === null
      ? []
      : await readOr(
          () =>
            readChangesBefore(store, {
              ...{ stream, plan: opener.sli, service, ...range },
              labels: labelsOf(incident, opener.sli),
            }),
          (reason) => unread.push(`what was new before: ${reason}`),
        );
  return {
    ...{ incident, startedMs, toDetectS, range, impact, ...findings, unread, opener },
    uncounted: series
      .filter((one) => !isImpactCounted(one))
      .map(({ plan }) => plan.slo)
      .filter((slo, index, all) => all.indexOf(slo) === index),
    changes: changes ?? [],
    cases: await readBadCases(store, { ...asked, limit: CASES_MAX }),
  };
}

/** Of SLOs of single events where these came from, of composites the same of each part; what cannot be read is told as unread. */
async function findingsOf(
  store: Store,
  {
    incident,
    specs,
    range,
    unread,
  }: {
    readonly incident: IncidentDetail;
    readonly specs: readonly FiredSpec[];
    readonly range: TimeRange;
    readonly unread: string[];
  },
): Promise<Pick<PostmortemFacts, 'attributions' | 'composites'>> {
  const attributions: SloFindings[] = [];
  const composites: PostmortemFacts['composites'][number][] = [];
  const { stream } = incident;
  for (const { slo, sli } of specs) {
    const labels = labelsOf(incident, sli);
    const found = await readOr(
      () => explainBad(store, { stream, plan: sli, labels, ...range, timeoutMs: TIMEOUT_MS }),
      (reason) => unread.push(`where the bad events of ${slo} came from: ${reason}`),
    );
    if (found?.kind === 'events') attributions.push({ slo, found: found.found });
    if (found?.kind !== 'parts') continue;
    composites.push({
      slo,
      parts: found.parts.map(({ slo: name, bad, total, burnRate }) => ({ slo: name, bad, total, burnRate })),
    });
    for (const part of found.parts)
      if (part.found !== null) attributions.push({ slo, part: part.slo, found: part.found });
  }
  return { attributions, composites };
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
function seriesOf({ stream, alerts }: IncidentDetail, specs: readonly FiredSpec[]): readonly ImpactSeries[] {
  const found = new Map<string, ImpactSeries>();
  for (const { slo, specRev, labels } of alerts) {
    const spec = specs.find((one) => one.slo === slo && one.specRev === specRev);
    const key = seriesKeyOf({ stream, slo, labels });
    if (spec !== undefined && !found.has(key)) found.set(key, { plan: spec.sli, labels });
  }
  return [...found.values()];
}

/** What a question finds; null where the tables cannot answer it, with why told. */
async function readOr<Found>(
  read: () => Promise<Found>,
  tell: (reason: string) => void,
): Promise<Found | null> {
  try {
    return await read();
  } catch (error) {
    if (!isQueryRefused(error)) throw error;
    tell(error.message);
    return null;
  }
}

/** The series of an SLO that the incident is of, if it is one alone whose events can be found. */
function labelsOf(
  { stream, alerts }: IncidentDetail,
  sli: FiredSpec['sli'],
): Readonly<Record<string, string>> {
  const own = alerts.filter(({ slo }) => slo === sli.slo).map(({ labels }) => labels);
  const keys = new Set(own.map((labels) => seriesKeyOf({ stream, slo: sli.slo, labels })));
  return own[0] !== undefined && keys.size === 1 ? labelsThatTell(sli, own[0]) : {};
}

/** SLOs of single events and composites, each by its first revision; the one that opened the incident by the revision that did, and first. */
function attributed(specs: readonly FiredSpec[], opener: FiredSpec | null): readonly FiredSpec[] {
  return [...(opener === null ? [] : [opener]), ...specs]
    .filter(({ sli }) => sli.composite !== undefined || isImpactCounted({ plan: sli, labels: {} }))
    .filter(({ slo }, index, all) => all.findIndex((one) => one.slo === slo) === index)
    .slice(0, ATTRIBUTED_MAX);
}
