import { isEnding } from '@burnline/core';
import type { DecisionRecord } from '@burnline/contracts';
import { alertPageOf } from '../console-links.ts';
import type { Notice } from '../notice.ts';
import { whereText } from '../facts.ts';
import { summaryOf } from '../words.ts';

/** An alert of Alertmanager's API, `POST /api/v2/alerts` takes an array of them. Times are RFC 3339. */
interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  /** In the past: the alert is resolved. In the future: it resolves by itself then, unless it is posted again. */
  readonly endsAt: string;
  /** What its page links to as the source. */
  readonly generatorURL?: string;
}

/**
 * How long a posted alert stands without being posted again. Alertmanager calls what it hears no more of resolved; a restart
 * of the alerter, or of its database, must not look like the end of an incident.
 */
const STANDS_MS = 900_000;
/** Alerts per post: some 1.5 MB. */
export const ALERTS_PER_POST = 1_000;

/**
 * What Alertmanager was told of and has not ended: one decision per alert, bounded by the series caps of the specs. An
 * alert is known there by its labels, so they stay those of its fire, whatever a spec says later.
 */
export class StandingAlerts {
  readonly #fires = new Map<string, DecisionRecord>();
  readonly #consoleUrl: string | undefined;

  /** @param consoleUrl where people reach the console; undefined: alerts link nowhere */
  constructor(consoleUrl?: string) {
    this.#consoleUrl = consoleUrl;
  }

  /** Takes a decision that receivers were told of, in the order of the log. */
  settle({ kind, alertKey, ...rest }: DecisionRecord): void {
    if (isEnding(kind)) this.#fires.delete(alertKey);
    else if (!this.#fires.has(alertKey)) this.#fires.set(alertKey, { kind, alertKey, ...rest });
  }

  /** What to post for a decision that is about to be told. */
  alertsOf(notice: Notice, nowMs: number): readonly PostedAlert[] {
    const { decision } = notice.telling;
    const fire = this.#fires.get(decision.alertKey) ?? decision;
    return [this.#posted(fire, notice, nowMs)];
  }

  /** Posts that together hold every alert that stands; none if there are none. */
  posts(nowMs: number): readonly (readonly PostedAlert[])[] {
    const alerts = [...this.#fires.values()].map((fire) => this.#posted(fire, standingNotice(fire), nowMs));
    return Array.from({ length: Math.ceil(alerts.length / ALERTS_PER_POST) }, (_, index) =>
      alerts.slice(index * ALERTS_PER_POST, (index + 1) * ALERTS_PER_POST),
    );
  }

  /** The link is that of its fire: told again after a restart it is the same. */
  #posted(fire: DecisionRecord, notice: Notice, nowMs: number): PostedAlert {
    const latest = notice.telling.decision;
    const page = alertPageOf(this.#consoleUrl, {
      ...notice,
      telling: { ...notice.telling, firedAtMs: fire.at },
    });
    return {
      labels: labelsOf(fire),
      annotations: annotationsOf(notice),
      startsAt: new Date(fire.at).toISOString(),
      endsAt: new Date(isEnding(latest.kind) ? latest.at : nowMs + STANDS_MS).toISOString(),
      ...(page !== null && { generatorURL: page.href }),
    };
  }
}

/** An alert that was told before, and what stood beside it then is known no more. */
function standingNotice(decision: DecisionRecord): Notice {
  const telling = { decision, isTold: true, key: decision.alertKey, firedAtMs: decision.at };
  return { telling, context: null, repeat: 1 };
}

/** The series' own labels never replace those that routes rely on: one of the same name becomes `series_NAME`. */
function labelsOf({ evidence }: DecisionRecord): Record<string, string> {
  const own: Record<string, string> = {
    alertname: evidence.policy === undefined ? 'ErrorBudgetBurn' : 'ErrorBudgetPolicy',
    slo: evidence.slo,
    service: evidence.service,
    severity: evidence.severity,
    stream: evidence.stream,
    tier: evidence.tier,
    ...(evidence.urgency !== undefined && { urgency: evidence.urgency }),
  };
  const series = Object.entries(evidence.labels).map(([name, value]): [string, string] => {
    // Names of a dimension may hold what Prometheus' label names may not.
    const plain = name.replace(/[^a-zA-Z0-9_]/g, '_');
    return [plain in own || !/^[a-zA-Z]/.test(plain) ? `series_${plain}` : plain, value];
  });
  return { ...Object.fromEntries(series), ...own };
}

function annotationsOf(notice: Notice): Record<string, string> {
  const { alertKey, kind, evidence, ending } = notice.telling.decision;
  const { long, short, runbook, policy } = evidence;
  return {
    summary: summaryOf(notice),
    description:
      policy !== undefined
        ? summaryOf(notice)
        : `${long.bad} of ${long.total} bad in ${long.windowMs / 1_000} s, ${short.bad} of ${short.total} in ` +
          `${short.windowMs / 1_000} s; target ${evidence.target}, coverage ${evidence.coverage}`,
    attribution: whereText(notice),
    decision: kind,
    ...(ending === undefined ? {} : { ended_by: ending.by, reason: ending.reason }),
    alert_key: alertKey,
    spec_rev: evidence.specRev,
    ...(runbook !== undefined && { runbook_url: runbook }),
  };
}
