import { isAlertInScope, isSeriesInScope, type SilenceScope } from '@burnline/core';
import { alertIdOf, readOpenAlerts } from '@burnline/queries';
import { z } from 'zod';
import { consoleError } from '../../console-error.ts';
import type { ConsoleParts } from '../../console-parts.ts';
import { silencePreview, silenceRequest, type SilenceAnswer } from '../contract/index.ts';
import { aboutOf } from '../reading/about.ts';
import type { BookPage } from '../reading/judged-book.ts';
import { QUERY, route } from '../route.ts';

const SHOWN_MAX = 100;
const SECOND_MS = 1_000;

export const silencePreviewRoute = route({
  path: '/silences/preview',
  summary: 'Which open alerts and which series a silence would be of; at least one of its parts is named',
  query: z.strictObject({
    ...{ slo: QUERY.names, service: QUERY.name, severity: QUERY.names },
    label: QUERY.names.describe('name=value; all of them hold.'),
  }),
  answer: silencePreview,
  answerTo: async ({ store, book, silencing }, { query }) => {
    const scope = scopeOf(query);
    const [page, open] = await Promise.all([book.page(), readOpenAlerts(store)]);
    const live = new Set(page.progress.filter(({ clock }) => clock === 'live').map(({ stream }) => stream));
    const services = servicesOf(page);
    const alerts = open.filter(
      (alert) =>
        live.has(alert.stream) &&
        isAlertInScope(scope, { ...alert, service: services.get(`${alert.stream}|${alert.slo}`) ?? '' }),
    );
    const series = page.rows.filter(
      ({ row }) => row.series !== null && live.has(row.stream) && isSeriesInScope(scope, row),
    );
    return {
      about: aboutOf(page, null),
      scope: { ...scope, slos: [...scope.slos], severities: [...scope.severities] },
      alerts: alerts.slice(0, SHOWN_MAX).map((alert) => ({
        id: alertIdOf({ firedAtMs: alert.sinceMs, alertKey: alert.alertKey }),
        ...{ slo: alert.slo, labels: alert.labels, tier: alert.tier },
        ...{ severity: alert.severity, sinceMs: alert.sinceMs },
      })),
      alertCount: alerts.length,
      series: series
        .slice(0, SHOWN_MAX)
        .map(({ row: { slo, labels, service } }) => ({ slo, labels, service })),
      seriesCount: series.length,
      mayWrite: silencing !== null,
    };
  },
});

const servicesOf = ({ facts }: BookPage): ReadonlyMap<string, string> =>
  new Map(facts.map(({ stream, slo, service }) => [`${stream}|${slo}`, service]));

/** Throws CONSOLE_PARAMETER_INVALID for a label that is none, and where nothing is named. */
function scopeOf({
  slo = [],
  service = '',
  severity = [],
  label = [],
}: {
  readonly slo?: readonly string[] | undefined;
  readonly service?: string | undefined;
  readonly severity?: readonly string[] | undefined;
  readonly label?: readonly string[] | undefined;
}): SilenceScope {
  const pairs = label.map((text): readonly [string, string] => {
    const at = text.indexOf('=');
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    throw consoleError('CONSOLE_PARAMETER_INVALID', `${text.slice(0, 200)} is no label`, {
      remedy: 'Write name=value.',
    });
  });
  if (slo.length + severity.length + pairs.length === 0 && service === '')
    throw consoleError('CONSOLE_PARAMETER_INVALID', 'A silence says which alerts it is of', {
      remedy: 'Name an SLO, a service, a label or a severity; `burnline silence add --all` is of all.',
    });
  return { slos: slo, service, severities: severity, labels: Object.fromEntries(pairs) };
}

/**
 * Adds a silence, by whoever's key it is. Rejects with CONSOLE_WRITES_NOTHING, CONSOLE_WRITE_KEY_MISSING,
 * CONSOLE_WRITE_KEY_UNKNOWN, CONSOLE_WRITE_KEY_EXPIRED or CONSOLE_BODY_INVALID, and as adding does.
 */
export async function addSilence(
  { silencing, clock, logger }: Pick<ConsoleParts, 'silencing' | 'clock' | 'logger'>,
  { key, body }: { readonly key: string | undefined; readonly body: unknown },
): Promise<SilenceAnswer> {
  if (silencing === null)
    throw consoleError('CONSOLE_WRITES_NOTHING', 'This console changes nothing', {
      remedy:
        'Use `burnline silence add`, or let it: `burnline up --console-write-keys-file`, or BURNLINE_CONSOLE_WRITE_KEYS_FILE of a console of its own.',
    });
  const author = silencing.keys.nameOf(key);
  const parsed = silenceRequest.safeParse(body);
  if (!parsed.success)
    throw consoleError('CONSOLE_BODY_INVALID', z.prettifyError(parsed.error).slice(0, 500), {
      remedy: 'Send JSON with slos, service, labels, severities, forMs and reason.',
    });
  const { forMs, ...request } = parsed.data;
  const fromMs = Math.floor(clock.nowMs() / SECOND_MS) * SECOND_MS;
  const expiresMs = fromMs + forMs;
  const { id } = await silencing.add({ ...request, author, fromMs, untilMs: expiresMs });
  logger.info({ silence: id, author }, 'a silence was added from the console');
  return { id, author, expiresMs };
}
