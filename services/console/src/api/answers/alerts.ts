import { budgetShareOfTarget, invariant, ratioToNumber } from '@burnline/core';
import {
  alertIdOf,
  alertOfId,
  firedBurnKey,
  readAlertCounts,
  readAlertHistory,
  readFiredBurns,
  readSliPlan,
  type PastAlert,
  type SloFacts,
} from '@burnline/queries';
import { readFirstBad } from '@burnline/reading';
import { z } from 'zod';
import { consoleError } from '../../console-error.ts';
import type { ConsoleParts } from '../../console-parts.ts';
import { alertDetail, alerts, type Alert, type AlertDetail } from '../contract/index.ts';
import { aboutOf, checkedStream } from '../reading/about.ts';
import { cursorOf, placeOf } from '../reading/cursor.ts';
import type { BookPage } from '../reading/judged-book.ts';
import { readMarks } from '../reading/marks.ts';
import { seriesNameOf } from '../reading/series-name.ts';
import { withTimeLimit } from '../reading/time-limit.ts';
import { stretchOf } from '../reading/time-range.ts';
import { QUERY, route } from '../route.ts';

const DAY_MS = 86_400_000;
const SEEN_MS = 90 * DAY_MS;
const ALERTS_DEFAULT = 100;
const ALERTS_MAX = 500;
const EARLIER_MAX = 50;
/** One line of a time line: the rest is not kept waiting for it. */
const FIRST_BAD_LIMIT_MS = 3_000;
/** The tables' times reach to 2106: no alert is later than that. */
const EVER_MS = 4_294_967_295_000;

const place = z.strictObject({
  firedAtMs: z.number().int().min(0).max(EVER_MS),
  alertKey: z.string().max(2_000),
});

export const alertsRoute = route({
  path: '/alerts',
  summary: 'Alerts that fired, the latest first; all that ever did where no time is said',
  query: z.strictObject({
    ...{ stream: QUERY.stream, slo: QUERY.name, from: QUERY.from, to: QUERY.to, cursor: QUERY.cursor },
    asOf: QUERY.asOf,
    state: z.enum(['open', 'all']).optional().describe('open: those that fire or are frozen.'),
    limit: QUERY.limit(ALERTS_DEFAULT, ALERTS_MAX),
  }),
  answer: alerts,
  answerTo: async (
    { store, book },
    { query: { stream, slo, from, to, state, asOf, cursor, limit = ALERTS_DEFAULT } },
  ) => {
    const page = await book.at(asOf, store);
    const name = checkedStream(page, stream);
    const stretch = stretchOf(
      { from: from ?? 0, to: to ?? EVER_MS },
      { endMs: EVER_MS, defaultMs: EVER_MS, lengthMaxMs: EVER_MS },
    );
    const after = placeOf(cursor, place);
    const found = await readAlertHistory(store, {
      ...stretch,
      limit,
      isOpen: state === 'open',
      ...(name !== null && { stream: name }),
      ...(slo !== undefined && { slo }),
      ...(asOf !== undefined && { asOfMs: asOf }),
      ...(after !== undefined && { after }),
    });
    return {
      about: aboutOf(page, name),
      alerts: await alertsOf(store, page, found.alerts),
      next: found.next === null ? null : cursorOf(found.next),
    };
  },
});

/** With how often each was seen in the 90 days up to it. */
async function alertsOf(
  store: ConsoleParts['store'],
  page: BookPage,
  all: readonly PastAlert[],
): Promise<Alert[]> {
  if (all.length === 0) return [];
  const [seen, burns] = await Promise.all([
    readAlertCounts(store, { alerts: all, lengthMs: SEEN_MS }),
    readFiredBurns(store, all),
  ]);
  return all.map((one, index) => {
    const facts = factsOf(page, one);
    const multiplier = burns.get(firedBurnKey(one)) ?? multiplierOf(facts);
    return alertOf(one, { facts, multiplier, seenIn90Days: seen[index] ?? 1 });
  });
}

const factsOf = ({ facts }: BookPage, { stream, slo }: PastAlert): SloFacts | undefined =>
  facts.find((one) => one.stream === stream && one.slo === slo);

/** By the target of today, where no judgement of then is kept. */
const multiplierOf = (facts: SloFacts | undefined): number =>
  facts === undefined ? 0 : 1 / ratioToNumber(budgetShareOfTarget(facts.target));

function alertOf(
  alert: PastAlert,
  {
    facts,
    multiplier,
    seenIn90Days,
  }: {
    readonly facts: SloFacts | undefined;
    /** From a share of bad to its burn rate. */
    readonly multiplier: number;
    readonly seenIn90Days: number;
  },
): Alert {
  const { firedAtMs, overAtMs, long, short } = alert;
  const rateOf = ({ bad, total }: PastAlert['long']): number =>
    total === 0 ? 0 : (bad / total) * multiplier;
  return {
    id: alertIdOf(alert),
    ...{ stream: alert.stream, slo: alert.slo, series: seriesNameOf(alert.labels), labels: alert.labels },
    displayName: facts?.displayName ?? alert.slo,
    service: facts?.service ?? null,
    ...{ tier: alert.tier, severity: alert.severity, state: alert.state, firedAtMs, overAtMs },
    durationMs: overAtMs === null ? null : overAtMs - firedAtMs,
    endedBy: alert.endedBy || null,
    reason: alert.reason || null,
    long: { ...long, burnRate: rateOf(long) },
    short: { ...short, burnRate: rateOf(short) },
    ...{
      factor: alert.factor,
      remainingRatio: alert.remainingRatio,
      deliveries: [...alert.deliveries],
      seenIn90Days,
    },
  };
}

export const alertRoute = route({
  path: '/alerts/{id}',
  summary: 'One alert: its evidence, its time line, earlier ones, and what changed before it',
  params: ['id'],
  query: z.strictObject({}),
  answer: alertDetail,
  answerTo: async (parts, { params: { id } }) => {
    const { store, book } = parts;
    const named = alertOfId(id);
    const page = await book.page();
    const found = named === null ? undefined : await findAlert(store, named);
    if (found === undefined)
      throw consoleError('CONSOLE_NOT_FOUND', 'There is no alert with this id', {
        remedy: 'Take an id from /api/v1/alerts.',
      });
    const facts = factsOf(page, found);
    const plan = page.plans.get(found.stream)?.get(found.slo);
    const { firedAtMs, alertKey } = found;
    const [[alert], earlier, changes, firstBadMs] = await Promise.all([
      alertsOf(store, page, [found]),
      readAlertHistory(store, {
        alertKey,
        fromMs: Math.max(0, firedAtMs - SEEN_MS),
        toMs: firedAtMs,
        limit: EARLIER_MAX,
      }),
      readMarks(parts, {
        ...{ stream: found.stream, slo: found.slo, labels: found.labels, service: facts?.service ?? '' },
        ...{ fromMs: Math.max(0, firedAtMs - DAY_MS), toMs: firedAtMs, facts },
      }),
      facts === undefined ? null : firstBadOf(parts, found, facts),
    ]);
    invariant(alert !== undefined, 'an alert is told as one');
    return {
      about: aboutOf(page, found.stream),
      alert,
      runbook: plan?.runbook ?? null,
      description: plan?.description ?? '',
      attribution: found.attribution.map(({ dimension, value, bad, total, ...one }) => ({
        ...{ dimension, value, bad, total },
        ...{ badShare: one.badShare ?? null, lift: one.lift ?? null, excess: one.excess ?? null },
        ...{ method: one.method ?? null, burnRate: one.burnRate ?? null, slo: one.part ?? null },
      })),
      timeline: timelineOf(found, firstBadMs),
      earlier: earlier.alerts.map((one) => ({
        ...{ id: alertIdOf(one), firedAtMs: one.firedAtMs, overAtMs: one.overAtMs, severity: one.severity },
      })),
      changesBefore: [...changes],
    };
  },
});

async function findAlert(
  store: ConsoleParts['store'],
  { firedAtMs, alertKey }: { readonly firedAtMs: number; readonly alertKey: string },
): Promise<PastAlert | undefined> {
  const query = { alertKey, fromMs: firedAtMs, toMs: Math.min(EVER_MS, firedAtMs + 1_000), limit: 1 };
  return (await readAlertHistory(store, query)).alerts[0];
}

/** The first bad record of the long window; null where it is not known, or cannot be asked for: a page about an alert does without it. */
async function firstBadOf(
  { store, logger }: ConsoleParts,
  alert: PastAlert,
  facts: SloFacts,
): Promise<number | null> {
  const limited = withTimeLimit(store, FIRST_BAD_LIMIT_MS);
  try {
    const plan = await readSliPlan(limited, facts);
    return plan === null ? null : await readFirstBad(limited, alert, plan);
  } catch (error) {
    logger.warn(
      { slo: facts.slo, error: String(error) },
      'could not look for the first bad event of an alert',
    );
    return null;
  }
}

function timelineOf(
  { firedAtMs, overAtMs, deliveries, state, tier }: PastAlert,
  firstBadMs: number | null,
): AlertDetail['timeline'] {
  const delivered = deliveries.filter(({ outcome }) => outcome === 'delivered');
  const entries: AlertDetail['timeline'] = [
    ...(firstBadMs === null
      ? []
      : [{ what: 'first_bad' as const, atMs: firstBadMs, text: 'first bad event of the long window' }]),
    { what: 'fired', atMs: firedAtMs, text: `tier ${tier} fired` },
    ...delivered.map(({ receiver, decision, finishedAtMs }) => ({
      ...{ what: 'delivered' as const, atMs: finishedAtMs, text: `${receiver} took the ${decision}` },
    })),
    ...(overAtMs === null ? [] : [{ what: 'over' as const, atMs: overAtMs, text: state }]),
  ];
  return entries.sort((a, b) => a.atMs - b.atMs);
}
