import { AppError } from '@burnline/core';
import { EPOCH_SETTINGS } from '@burnline/runtime';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseInstant } from '../commands/options.ts';
import type { BacktestAlert } from './outcome.ts';

/** Something that went wrong, as people remember it. */
export interface Incident {
  readonly name: string;
  /** From when to when users were hit, epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The SLO that should have told of it; null: any. */
  readonly slo: string | null;
}

/** How an incident came to be known; times since its begin, ms. */
export interface IncidentOutcome {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly slo: string | null;
  /** The alert that told of it first; null: it was missed. */
  readonly detected: DetectedBy | null;
  /** The first that wakes somebody; null: none did. */
  readonly paged: DetectedBy | null;
}

interface DetectedBy {
  readonly slo: string;
  readonly tier: string;
  readonly urgency: 'page' | 'ticket';
  /** 0: it fired already when the incident began. */
  readonly afterMs: number;
}

const INCIDENTS_MAX = 1_000;

const instant = z.string().transform((text, context) => {
  try {
    return parseInstant(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});
const incident = z
  .strictObject({ name: z.string().min(1), from: instant, to: instant, slo: z.string().min(1).optional() })
  .refine(({ from, to }) => from < to, { message: 'Expected `from` before `to`.' });
const document = z.array(incident).min(1).max(INCIDENTS_MAX);

/**
 * Reads a list of `{ name, from, to, slo? }` in YAML. Instants are ISO 8601, UTC where they name no zone.
 *
 * @param slos those that may be named; of an SLO with several objectives its name alone is all of them
 * @throws AppError BACKTEST_INCIDENTS_INVALID, naming every mistake
 */
export function parseIncidents(
  text: string,
  { file, slos }: { readonly file: string; readonly slos: readonly string[] },
): readonly Incident[] {
  const parsed = document.safeParse(yamlOf(text, file));
  if (!parsed.success)
    throw invalid(
      file,
      parsed.error.issues.map(({ path, message }) => `${placeText(path)}${message}`),
    );
  const incidents = parsed.data.map(({ name, from, to, slo }) => ({
    ...{ name, fromMs: from, toMs: to, slo: slo ?? null },
  }));
  const unknown = incidents.filter(({ slo }) => slo !== null && !slos.some((one) => isOfSlo(one, slo)));
  if (unknown.length > 0)
    throw invalid(
      file,
      unknown.map(({ name, slo }) => `${name}: no SLO of the specs is named ${slo ?? ''}`),
    );
  return incidents;
}

function yamlOf(text: string, file: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw invalid(file, [error instanceof Error ? error.message : String(error)]);
  }
}

const placeText = ([index, ...rest]: readonly PropertyKey[]): string =>
  index === undefined ? '' : `${['incident', Number(index) + 1, ...rest.map(String)].join(' ')}: `;

/** Mistakes of a long list that are named. */
const MISTAKES_SHOWN = 10;

function invalid(file: string, mistakes: readonly string[]): AppError {
  const shown = mistakes.slice(0, MISTAKES_SHOWN);
  return new AppError('BACKTEST_INCIDENTS_INVALID', `${file}: ${shown.join('; ')}`, {
    remedy:
      'A list in YAML: - { name: gateway down, from: 2026-03-01T10:00:00Z, to: 2026-03-01T10:40:00Z, slo: chat-availability }, `slo` as you like.',
  });
}

const isOfSlo = (slo: string, name: string): boolean => slo === name || slo.startsWith(`${name}/`);

/** An evaluation sees what was logged before it: the end of an incident is seen one tick later. */
const SEEN_AFTER_MS = EPOCH_SETTINGS.intervalMs;

const isDuring = (alert: BacktestAlert, { fromMs, toMs, slo }: Incident): boolean =>
  (slo === null || isOfSlo(alert.slo, slo)) &&
  alert.firedAtMs <= toMs + SEEN_AFTER_MS &&
  (alert.endedAtMs === null || alert.endedAtMs > fromMs);

/** Which alert told of each incident, and how soon: the first that fired while it went on, or did already. */
export function detectionOf(
  alerts: readonly BacktestAlert[],
  incidents: readonly Incident[],
): readonly IncidentOutcome[] {
  return incidents.map((one) => {
    const during = alerts
      .filter((alert) => isDuring(alert, one))
      .sort(
        (a, b) => a.firedAtMs - b.firedAtMs || Number(b.urgency === 'page') - Number(a.urgency === 'page'),
      );
    const by = (alert: BacktestAlert | undefined): DetectedBy | null =>
      alert === undefined
        ? null
        : {
            ...{ slo: alert.slo, tier: alert.tier, urgency: alert.urgency },
            afterMs: Math.max(0, alert.firedAtMs - one.fromMs),
          };
    return { ...one, detected: by(during[0]), paged: by(during.find(({ urgency }) => urgency === 'page')) };
  });
}

/** Alerts that woke somebody while no incident went on. */
export const pagesOutside = (
  alerts: readonly BacktestAlert[],
  incidents: readonly Incident[],
): readonly BacktestAlert[] =>
  alerts.filter(
    (alert) =>
      alert.urgency === 'page' && alert.toldAtMs !== null && !incidents.some((one) => isDuring(alert, one)),
  );
