import { AppError, isAppError, PANE_MS_DEFAULT } from '@burnline/core';
import { systemClock, type Store } from '@burnline/runtime';
import type { JudgedSlo, StoredEvent } from '@burnline/queries';
import { compareEvents, delaysOf } from './compare-events.ts';
import { comparePanes, panesBySeries, type PaneComparison } from './compare-panes.ts';
import { countSeries, ORDINARY, type CountedSeries } from './counted-series.ts';
import { detect, falseAlertsOf, type AlertSeen, type Detection } from './detection.ts';
import { createDrillEvents, type DrillEvent, type DrillIdentity } from './drill-events.ts';
import { DrillTables } from './drill-tables.ts';
import { readDrillGate } from './gate-answers.ts';
import { Outbox } from './outbox.ts';
import { OwnCount } from './own-count.ts';
import type { DrillPart } from './parts-file.ts';
import { faultsOf, type DrillReport } from './report.ts';
import { PartRunner } from './run-parts.ts';
import { dueMs, eventCount, lengthMs, momentAt, type Timeline } from './scenarios.ts';

export interface DrillOptions {
  readonly identity: DrillIdentity;
  readonly timeline: Timeline;
  readonly intakeUrl: string;
  readonly intakeKey?: string;
  readonly store: Store;
  readonly stream: string;
  readonly parts: readonly DrillPart[];
  /** How long to wait, after the last event, for everything to be visible and for alerts. */
  readonly deadlineMs: number;
  /** And after that for alerts to be resolved. */
  readonly resolveMs: number;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

const SEND_TICK_MS = 50;
const LOOK_MS = 250;
/** Between two looks at panes and alerts, whose queries are heavier. */
const LOOK_AGAIN_MS = 1_000;
/** What would be counted twice by a part that came back is there by then: writers flush every second. */
const SETTLE_MS = 3_000;
/** Alerts that fire since before the drill began are looked for so far back. */
const HISTORY_MS = 24 * 3_600_000;

/** A game day against a running pipeline. Rejects with DRILL_EVENTS_REFUSED, or with the signal's reason when it aborts. */
export async function runDrill(options: DrillOptions): Promise<DrillReport> {
  return new Drill(options).run();
}

class Drill {
  readonly #options: DrillOptions;
  readonly #tables: DrillTables;
  readonly #own = new OwnCount();
  readonly #outbox: Outbox;
  readonly #startedAtMs = Date.now();
  #endedAtMs = 0;
  #watchFailure: Error | null = null;
  #counted: { readonly key: string; readonly series: readonly CountedSeries[] } = { key: '', series: [] };

  constructor(options: DrillOptions) {
    this.#options = options;
    this.#tables = new DrillTables(options.store, options.stream);
    this.#outbox = new Outbox(options.intakeUrl, this.#own, options.intakeKey);
  }

  async run(): Promise<DrillReport> {
    const { parts, say, signal, deadlineMs, resolveMs } = this.#options;
    const runner = new PartRunner(parts, say);
    const ended = new AbortController();
    const end = (): void => {
      ended.abort();
    };
    signal.addEventListener('abort', end, { once: true });
    runner.start(ended.signal);
    const watching = this.#watch(ended.signal).catch((error: unknown) => {
      this.#watchFailure = error instanceof Error ? error : new Error(String(error));
    });
    try {
      await this.#publish();
      this.#endedAtMs = Date.now();
      say('all events are sent; waiting for parts, rows and alerts');
      await this.#outbox.drain();
      const partResults = await runner.finished();
      signal.throwIfAborted();
      const allAfterMs = await this.#untilVisible(Date.now() + deadlineMs);
      await this.#untilAlerts(Date.now() + deadlineMs, (one) => one.outcome !== 'not-detected');
      const resolveByMs = Date.now() + resolveMs;
      if (resolveMs > 0)
        await this.#untilAlerts(resolveByMs, ({ alerts }) =>
          alerts.every((alert) => alert.resolvedAfterMs !== null || isOpenBeyond(alert, resolveByMs)),
        );
      await this.#sleep(SETTLE_MS);
      return await this.#report(partResults, allAfterMs);
    } finally {
      signal.removeEventListener('abort', end);
      end();
      await runner.finished();
      await watching;
    }
  }

  async #publish(): Promise<void> {
    const { identity, timeline, say, signal } = this.#options;
    const newEvent = createDrillEvents(identity, timeline);
    const count = eventCount(timeline);
    const startedMs = performance.now();
    let [next, phase] = [0, ''];
    while (next < count) {
      this.#throwIfEnded();
      const elapsedMs = performance.now() - startedMs;
      const due: DrillEvent[] = [];
      const nowMs = Date.now();
      for (; next < count && dueMs(timeline, next) <= elapsedMs; next += 1) {
        const event = newEvent(next, nowMs);
        this.#own.add(event, nowMs);
        due.push(event);
      }
      const { scenario, isFaulty } = momentAt(timeline, Math.min(elapsedMs, lengthMs(timeline) - 1));
      const now = `${scenario}: ${isFaulty ? 'faulty' : 'healthy'} for ${timeline.phaseMs / 1_000} s`;
      if (now !== phase) say(now);
      phase = now;
      if (due.length > 0) this.#outbox.send(due, signal);
      await systemClock.sleep(SEND_TICK_MS, signal);
    }
  }

  /** Looks at the database all the time; one that is away or stopped is part of the drill. */
  async #watch(ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      const fromMs = this.#own.firstUnseenMs();
      if (fromMs !== null) {
        const rows = await this.#orNothing(this.#tables.eventsOf(this.#options.identity.drillId, fromMs));
        this.#own.see(
          (rows ?? []).map((row) => row.id),
          Date.now(),
        );
      }
      await systemClock.sleep(LOOK_MS, ended);
    }
  }

  /** Ms from the last event to all rows and panes being there; null if they were not in time. */
  async #untilVisible(deadlineAtMs: number): Promise<number | null> {
    for (;;) {
      if (this.#own.firstUnseenMs() === null) {
        const panes = await this.#orNothing(this.#panes());
        const isWhole = panes?.every((pane) => pane.missing === 0) === true;
        if (isWhole) return Math.max(0, Date.now() - this.#endedAtMs);
      }
      if (Date.now() > deadlineAtMs) return null;
      await this.#sleep(LOOK_AGAIN_MS);
    }
  }

  async #untilAlerts(deadlineAtMs: number, isDone: (one: Detection) => boolean): Promise<void> {
    while (Date.now() < deadlineAtMs) {
      const judged = await this.#orNothing(this.#judged());
      const { scenarios } = this.#options.timeline;
      if (judged !== null && scenarios.every((scenario) => isDone(detect(scenario, judged)))) return;
      await this.#sleep(LOOK_AGAIN_MS);
    }
  }

  async #report(parts: DrillReport['parts'], allAfterMs: number | null): Promise<DrillReport> {
    const { identity, stream } = this.#options;
    const stored = await this.#tables.eventsOf(identity.drillId, 0);
    const delays = this.#own
      .all()
      .flatMap(({ isAcknowledged, visibleAfterMs }) =>
        isAcknowledged && visibleAfterMs !== null ? [visibleAfterMs] : [],
      );
    const judged = await this.#judged();
    const { scenarios } = this.#options.timeline;
    const facts = {
      drillId: identity.drillId,
      stream,
      provider: identity.provider,
      startedAt: new Date(this.#startedAtMs).toISOString(),
      events: { ...compareEvents(this.#own.all(), stored), ...this.#outbox.counts },
      visible: { delays: delaysOf(delays), lookMs: LOOK_MS, allAfterMs },
      panes: await this.#panes(stored),
      detections: scenarios.map((scenario) => detect(scenario, judged)),
      falseAlerts: falseAlertsOf(judged, this.#startedAtMs),
      gate: await readDrillGate(this.#options.store, {
        ...{ timeline: this.#options.timeline, stream, startedAtMs: this.#startedAtMs },
      }),
      parts,
    };
    return { ...facts, faults: faultsOf(facts) };
  }

  async #panes(given?: readonly StoredEvent[]): Promise<readonly PaneComparison[]> {
    const stored = given ?? (await this.#tables.eventsOf(this.#options.identity.drillId, 0));
    const slos = await this.#tables.judgedSlos();
    const series = await this.#series(slos);
    const storedTimes = new Map(stored.map(({ id, atMicros }) => [id, Math.floor(atMicros / 1_000)]));
    const fromMs = Math.floor(this.#startedAtMs / PANE_MS_DEFAULT) * PANE_MS_DEFAULT;
    const span = { fromMs, toMs: Date.now() };
    const panes = panesBySeries(await this.#tables.panesOf(slos, span));
    const { drillId } = this.#options.identity;
    const entities = await this.#tables.entitiesOf(slos, { drillId, ...span });
    return series.map((one) => comparePanes(one, this.#own, { panes, entities, storedTimes }));
  }

  async #judged(): Promise<Parameters<typeof detect>[1]> {
    const slos = await this.#tables.judgedSlos();
    const series = await this.#series(slos);
    const decisions = await this.#tables.decisionsOf(slos, this.#startedAtMs - HISTORY_MS);
    return { own: this.#own.all(), series, decisions };
  }

  async #series(slos: readonly JudgedSlo[]): Promise<readonly CountedSeries[]> {
    const span = { fromMs: this.#startedAtMs, toMs: Date.now() };
    const seen = await this.#tables.foreignKinds(this.#options.identity, span);
    const events = this.#own.all().map(({ event }) => event);
    // Predicates are evaluated the slow way: once is enough as long as nothing else is to be said.
    const key = JSON.stringify([events.length, slos.map((slo) => slo.specRev), seen]);
    if (this.#counted.key !== key)
      this.#counted = { key, series: slos.flatMap((slo) => countSeries(slo, events, [ORDINARY, ...seen])) };
    return this.#counted.series;
  }

  /** Null while the database does not answer; what it refuses is a fault of the drill's. */
  async #orNothing<T>(reading: Promise<T>): Promise<T | null> {
    try {
      return await reading;
    } catch (error) {
      if (isAppError(error) && error.outcome === 'retry') return null;
      throw error;
    }
  }

  async #sleep(ms: number): Promise<void> {
    await systemClock.sleep(ms, this.#options.signal);
    this.#throwIfEnded();
  }

  #throwIfEnded(): void {
    this.#options.signal.throwIfAborted();
    if (this.#watchFailure !== null) throw this.#watchFailure;
  }
}

/** Whether an alert cannot have resolved by a moment (epoch ms): its windows are longer than that. */
const isOpenBeyond = ({ clearsAt }: AlertSeen, atMs: number): boolean =>
  clearsAt !== null && Date.parse(clearsAt) > atMs;

/** Throws DRILL_INTAKE_UNREACHABLE unless a collector answers. */
export async function checkIntake(intakeUrl: string): Promise<void> {
  try {
    const answer = await fetch(`${intakeUrl.replace(/\/+$/, '')}/live`, {
      signal: AbortSignal.timeout(5_000),
    });
    await answer.body?.cancel();
    if (answer.ok) return;
    throw new Error(`it answers ${answer.status}`);
  } catch (error) {
    throw new AppError('DRILL_INTAKE_UNREACHABLE', `${intakeUrl} is no intake: ${String(error)}`, {
      remedy: "Name the collector's intake with --intake, or start the pipeline.",
      cause: error,
    });
  }
}
