import { hasLabels } from '@burnline/core';
import {
  alertIdOf,
  readAdjustmentRows,
  readAlertHistory,
  readChangesBefore,
  readSpecChanges,
  type AdjustmentEntry,
  type ArmDimension,
  type ChangeBefore,
  type PastAlert,
  type SloFacts,
} from '@burnline/queries';
import { seriesKeyOf } from '@burnline/reading';
import type { ConsoleParts } from '../../console-parts.ts';
import type { Mark } from '../contract/index.ts';
import { KeptAnswers } from './kept-answers.ts';
import { planOf } from './kept-plans.ts';
import { withTimeLimit } from './time-limit.ts';
import type { Stretch } from './time-range.ts';

/** An alert that is older and still open is looked at no further back. */
const ALERT_REACH_MS = 35 * 86_400_000;
const ALERTS_MAX = 1_000;
/** What is new is looked for in raw rows: a chart is not kept waiting for it. */
const CHANGES_LIMIT_MS = 3_000;

export interface MarksQuery extends Stretch {
  readonly stream: string;
  readonly slo: string;
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What the SLO is judged by; undefined of one that is not judged any more. */
  readonly facts: SloFacts | undefined;
}

/**
 * What happened to a series within a stretch of time that may explain a change: alerts, specs, time left out, models, prompts and
 * deployments that its events were first seen with. Oldest first.
 */
export async function readMarks(parts: ConsoleParts, query: MarksQuery): Promise<readonly Mark[]> {
  const { store } = parts;
  const { stream, slo, fromMs, toMs } = query;
  const [alerts, changes, adjustments, news] = await Promise.all([
    readAlertHistory(store, {
      stream,
      slo,
      fromMs: Math.max(0, fromMs - ALERT_REACH_MS),
      toMs,
      limit: ALERTS_MAX,
    }),
    readSpecChanges(store, query),
    readAdjustmentRows(store),
    readKeptNews(parts, query),
  ]);
  const key = seriesKeyOf(query);
  return [
    ...alerts.alerts
      .filter((one) => seriesKeyOf(one) === key && (one.overAtMs === null || one.overAtMs > fromMs))
      .map(alertMark),
    ...changes.map(({ atMs, specRev }): Mark => ({
      ...{ kind: 'spec', atMs, toMs: null, severity: null, id: null, arm: null },
      text: specRev === null ? 'the SLO was removed' : `revision ${specRev} is judged from here on`,
    })),
    ...adjustments.filter((one) => isOf(one, query)).map(adjustmentMark),
    ...news.flatMap(newMark),
  ].sort((a, b) => a.atMs - b.atMs);
}

/** What was new to a series changes when something new comes: a chart that is looked at again and again asks once in a while. */
const NEWS_KEPT_MS = 10 * 60_000;
const NEWS_COUNT_MAX = 200;
/** Raw rows of more days are more than a chart may cost. */
const NEWS_REACH_MS = 7 * 86_400_000;
const keptNews = new KeptAnswers<readonly ChangeBefore[]>(NEWS_COUNT_MAX);

/** Of the last seven days of the stretch, up to ten minutes old; as often as a chart is looked at. */
async function readKeptNews(parts: ConsoleParts, query: MarksQuery): Promise<readonly ChangeBefore[]> {
  const untilMs = Math.ceil(query.toMs / NEWS_KEPT_MS) * NEWS_KEPT_MS;
  const sinceMs =
    Math.floor(Math.max(query.fromMs, query.toMs - NEWS_REACH_MS) / NEWS_KEPT_MS) * NEWS_KEPT_MS;
  const key = JSON.stringify([query.stream, seriesKeyOf(query), query.facts?.specRev, sinceMs, untilMs]);
  const found = await keptNews.of(parts, key, () =>
    readNews(parts, { ...query, fromMs: sinceMs, toMs: untilMs }),
  );
  return found.filter(({ firstMs }) => firstMs >= query.fromMs && firstMs < query.toMs);
}

/** None where they cannot be asked for: rows are gone or too many, or the SLO has other dimensions by now. */
async function readNews(
  { store, book, logger }: ConsoleParts,
  { stream, service, labels, facts, fromMs, toMs }: MarksQuery,
): Promise<readonly ChangeBefore[]> {
  if (facts === undefined) return [];
  const limited = withTimeLimit(store, CHANGES_LIMIT_MS);
  try {
    // Charts ask for the same plan, and may wait longer.
    const plan = await planOf({ book, store }, facts);
    // A composite has no events of its own.
    if (plan === null || plan.composite !== undefined) return [];
    const query = { stream, plan, service, labels, fromMs, toMs, reachMs: 0 };
    return await readChangesBefore(limited, query);
  } catch (error) {
    logger.warn({ slo: facts.slo, error: String(error) }, 'could not look for what was new to an SLO');
    return [];
  }
}

interface News {
  readonly kind: Mark['kind'];
  readonly word: string;
  /** Null: arms are not told apart by it. */
  readonly by: ArmDimension | null;
}

const NEWS: Readonly<Record<ChangeBefore['what'], News | null>> = {
  model_requested: { kind: 'model', word: 'model asked for', by: 'model_requested' },
  model_served: { kind: 'model', word: 'model served', by: 'model_served' },
  system_fingerprint: { kind: 'model', word: 'configuration', by: null },
  prompt_version: { kind: 'prompt', word: 'prompt version', by: 'prompt_version' },
  deployment: { kind: 'deployment', word: 'deployment', by: 'deployment' },
  variant: { kind: 'deployment', word: 'variant', by: 'variant' },
  // Marked by its own rows, with which revision it was.
  spec_revision: null,
};

function newMark({ what, value, firstMs }: ChangeBefore): readonly Mark[] {
  const news = NEWS[what];
  if (news === null) return [];
  const { kind, word, by } = news;
  const arm = by === null ? null : { by, value };
  return [{ kind, atMs: firstMs, toMs: null, severity: null, id: null, arm, text: `new ${word}: ${value}` }];
}

function alertMark(alert: PastAlert): Mark {
  const { tier, severity, state, firedAtMs, overAtMs } = alert;
  return {
    ...{ kind: 'alert', atMs: firedAtMs, toMs: overAtMs, severity, id: alertIdOf(alert), arm: null },
    text: `${severity} by tier ${tier}, ${state}`,
  };
}

function isOf({ slos, service, labels, fromMs, toMs, revoked }: AdjustmentEntry, query: MarksQuery): boolean {
  const isNamed =
    slos.length === 0 || slos.some((one) => query.slo === one || query.slo.startsWith(`${one}/`));
  const isOfService = service === null || service === query.service;
  return (
    revoked === null &&
    isNamed &&
    isOfService &&
    hasLabels(query.labels, labels) &&
    fromMs < query.toMs &&
    toMs > query.fromMs
  );
}

const adjustmentMark = ({ id, author, reason, fromMs, toMs }: AdjustmentEntry): Mark => ({
  ...{ kind: 'adjustment', atMs: fromMs, toMs, severity: null, id: null, arm: null },
  text: `left out by ${author}: ${reason} (${id})`,
});
