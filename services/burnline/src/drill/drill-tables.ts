import type { BurnTier, SliPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import type { StoredEvent } from './compare-events.ts';
import type { StoredPane } from './compare-panes.ts';
import type { ForeignKind, JudgedSlo } from './counted-series.ts';
import type { StoredDecision } from './detection.ts';
import { DRILL_ATTRIBUTE, DRILL_ENVIRONMENT, DRILL_SERVICE } from './drill-events.ts';

/** Environments whose events do not make a stream a production one. */
const HARMLESS_ENVIRONMENTS = [DRILL_ENVIRONMENT, 'staging'];
/** The log may have set an event back by as much and it is still found by the time at which it was made. */
const CLAMP_MS_MAX = 60_000;

/** What a drill reads of the database. Every statement is a read, and asks for merged rows itself. */
export class DrillTables {
  readonly #store: Store;
  readonly #stream: string;

  constructor(store: Store, stream: string) {
    this.#store = store;
    this.#stream = stream;
  }

  /** Events of the last hour that come from neither a drill nor staging, by environment. */
  productionTraffic(): Promise<readonly { readonly environment: string; readonly events: number }[]> {
    return this.#store.query(
      `SELECT environment, toFloat64(count()) AS events FROM inference_events FINAL
       WHERE stream = {stream:String} AND kept_since >= now() - INTERVAL 1 HOUR
         AND environment NOT IN {harmless:Array(String)}
       GROUP BY environment ORDER BY events DESC LIMIT 20`,
      { stream: this.#stream, harmless: HARMLESS_ENVIRONMENTS },
    );
  }

  /** Events of a drill that happened from a moment on, repeats left out. */
  eventsOf(drillId: string, fromMs: number): Promise<readonly StoredEvent[]> {
    return this.#store.query<StoredEvent>(
      `SELECT toString(event_id) AS id, toFloat64(count()) AS rows,
              toFloat64(min(toUnixTimestamp64Micro(occurred_at))) AS atMicros
       FROM inference_events FINAL
       WHERE stream = {stream:String} AND service = {service:String} AND NOT is_repeat
         AND occurred_at >= fromUnixTimestamp64Milli({from:Int64}) AND attributes[{attribute:String}] = {drill:String}
       GROUP BY id`,
      {
        stream: this.#stream,
        service: DRILL_SERVICE,
        attribute: DRILL_ATTRIBUTE,
        drill: drillId,
        from: Math.max(0, fromMs - CLAMP_MS_MAX),
      },
    );
  }

  /** How other events of a time are like the drill's. */
  async foreignKinds(
    drill: { readonly drillId: string; readonly provider: string },
    span: { readonly fromMs: number; readonly toMs: number },
  ): Promise<readonly ForeignKind[]> {
    const rows = await this.#store.query<{
      sameService: number;
      sameEnvironment: number;
      sameProvider: number;
    }>(
      `SELECT DISTINCT service = {service:String} AS sameService, environment = {environment:String} AS sameEnvironment,
              provider = {provider:String} AS sameProvider
       FROM inference_events FINAL
       WHERE stream = {stream:String} AND attributes[{attribute:String}] != {drill:String}
         AND occurred_at >= fromUnixTimestamp64Milli({from:Int64}) AND occurred_at < fromUnixTimestamp64Milli({to:Int64})`,
      {
        stream: this.#stream,
        service: DRILL_SERVICE,
        environment: DRILL_ENVIRONMENT,
        provider: drill.provider,
        attribute: DRILL_ATTRIBUTE,
        drill: drill.drillId,
        from: span.fromMs,
        to: span.toMs,
      },
    );
    return rows.map((row) => ({
      isSameService: row.sameService === 1,
      isSameEnvironment: row.sameEnvironment === 1,
      isSameProvider: row.sameProvider === 1,
    }));
  }

  /** SLOs that are judged now. */
  async judgedSlos(): Promise<readonly JudgedSlo[]> {
    const rows = await this.#store.query<{
      slo: string;
      revision: string;
      plan: string;
      tiers: string;
      numerator: number;
      denominator: number;
    }>(
      `SELECT a.slo AS slo, a.revision AS revision, r.plan AS plan, s.tiers AS tiers,
              toFloat64(s.numerator) AS numerator, toFloat64(s.denominator) AS denominator
       FROM (SELECT slo, argMax(spec_rev, activated_at) AS revision FROM active_specs
             WHERE stream = {stream:String} GROUP BY slo HAVING revision != '') AS a
       INNER JOIN (SELECT slo, spec_rev, any(plan) AS plan FROM spec_revisions GROUP BY slo, spec_rev) AS r
         ON r.slo = a.slo AND r.spec_rev = a.revision
       INNER JOIN (SELECT slo, argMax(tiers, loaded_at) AS tiers, argMax(target_numerator, loaded_at) AS numerator,
                          argMax(target_denominator, loaded_at) AS denominator FROM slos GROUP BY slo) AS s
         ON s.slo = a.slo
       ORDER BY slo`,
      { stream: this.#stream },
    );
    return rows.map((row) => ({
      slo: row.slo,
      specRev: row.revision,
      sli: JSON.parse(row.plan) as SliPlan,
      tiers: JSON.parse(row.tiers) as BurnTier[],
      target: { numerator: row.numerator, denominator: row.denominator },
    }));
  }

  /** Panes of these revisions in a time, both ends included. */
  panesOf(
    slos: readonly JudgedSlo[],
    span: { readonly fromMs: number; readonly toMs: number },
  ): Promise<readonly StoredPane[]> {
    return this.#store.query<StoredPane>(
      `SELECT slo, labels, toFloat64(toUnixTimestamp(pane)) * 1000 AS paneMs, toFloat64(good) AS good, toFloat64(total) AS total
       FROM slo_panes
       WHERE stream = {stream:String} AND spec_rev IN {revisions:Array(String)}
         AND pane >= fromUnixTimestamp({from:Int64}) AND pane <= fromUnixTimestamp({to:Int64})`,
      {
        stream: this.#stream,
        revisions: slos.map((one) => one.specRev),
        from: Math.floor(span.fromMs / 1_000),
        to: Math.floor(span.toMs / 1_000),
      },
    );
  }

  /** Decisions on these SLOs, in the order in which they were made. */
  async decisionsOf(slos: readonly JudgedSlo[], fromMs: number): Promise<readonly StoredDecision[]> {
    const rows = await this.#store.query<Omit<StoredDecision, 'deliveredAtMs'> & { delivered: number }>(
      `SELECT d.alert_key AS alertKey, d.slo AS slo, d.labels AS labels, d.tier AS tier, d.severity AS severity,
              d.decision AS decision, toFloat64(toUnixTimestamp64Milli(d.decided_at)) AS decidedAtMs,
              toFloat64(toUnixTimestamp64Milli(n.delivered_at)) AS delivered
       FROM alert_decisions AS d FINAL
       LEFT JOIN (SELECT decision_key, min(finished_at) AS delivered_at FROM alert_notifications FINAL
                  WHERE outcome = 'delivered' GROUP BY decision_key) AS n ON n.decision_key = d.decision_key
       WHERE d.stream = {stream:String} AND d.slo IN {slos:Array(String)}
         AND d.decided_at >= fromUnixTimestamp64Milli({from:Int64})
       ORDER BY d.log_offset`,
      { stream: this.#stream, slos: slos.map((one) => one.slo), from: fromMs },
    );
    return rows.map(({ delivered, ...row }) => ({
      ...row,
      deliveredAtMs: delivered > 0 ? delivered : null,
    }));
  }
}
