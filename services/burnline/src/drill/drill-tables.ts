import { PANE_MS_DEFAULT } from '@burnline/core';
import { entityTotals, type EntityTotal } from '@burnline/judging';
import {
  readDecisions,
  readForeignKinds,
  readJudgedSlos,
  readMarkedEvents,
  readPanes,
  readRecentEnvironments,
  type EnvironmentTraffic,
  type ForeignKind,
  type JudgedSlo,
  type StoredDecision,
  type StoredEvent,
  type StoredPane,
} from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { DRILL_ATTRIBUTE, DRILL_ENVIRONMENT, DRILL_SERVICE, providersOf } from './drill-events.ts';

/** A drill has some hundred entities, among what others left in the same hours. */
const ENTITIES_TIMEOUT_MS = 60_000;

/** Environments whose events do not make a stream a production one. */
const HARMLESS_ENVIRONMENTS = [DRILL_ENVIRONMENT, 'staging'];
/** The log may have set an event back by as much and it is still found by the time at which it was made. */
const CLAMP_MS_MAX = 60_000;

/** What a drill asks of one stream's tables. */
export class DrillTables {
  readonly #store: Store;
  readonly #stream: string;

  constructor(store: Store, stream: string) {
    this.#store = store;
    this.#stream = stream;
  }

  /** Events of the last hour that come from neither a drill nor staging, by environment. */
  productionTraffic(): Promise<readonly EnvironmentTraffic[]> {
    return readRecentEnvironments(this.#store, { stream: this.#stream, except: HARMLESS_ENVIRONMENTS });
  }

  /** Events of a drill that happened from a moment on, repeats left out. */
  eventsOf(drillId: string, fromMs: number): Promise<readonly StoredEvent[]> {
    return readMarkedEvents(this.#store, {
      ...this.#mark(drillId),
      service: DRILL_SERVICE,
      fromMs: fromMs - CLAMP_MS_MAX,
    });
  }

  /** How other events of a time are like the drill's. */
  foreignKinds(
    drill: { readonly drillId: string; readonly provider: string },
    span: { readonly fromMs: number; readonly toMs: number },
  ): Promise<readonly ForeignKind[]> {
    return readForeignKinds(this.#store, {
      ...this.#mark(drill.drillId),
      ...span,
      service: DRILL_SERVICE,
      environment: DRILL_ENVIRONMENT,
      providers: providersOf(drill),
    });
  }

  /** SLOs that are judged now. */
  judgedSlos(): Promise<readonly JudgedSlo[]> {
    return readJudgedSlos(this.#store, { stream: this.#stream });
  }

  /** Panes of these revisions in a time. */
  panesOf(
    slos: readonly JudgedSlo[],
    span: { readonly fromMs: number; readonly toMs: number },
  ): Promise<readonly StoredPane[]> {
    // The pane at the end counts too.
    const toMs = span.toMs + 1_000;
    const specRevs = slos.map((one) => one.specRev);
    return readPanes(this.#store, { stream: this.#stream, specRevs, fromMs: span.fromMs, toMs });
  }

  /** What was counted of a drill's own entities in a time, by SLO: those that have its id in their name. */
  async entitiesOf(
    slos: readonly JudgedSlo[],
    { drillId, fromMs, toMs }: { readonly drillId: string; readonly fromMs: number; readonly toMs: number },
  ): Promise<ReadonlyMap<string, readonly EntityTotal[]>> {
    const found = new Map<string, readonly EntityTotal[]>();
    for (const plan of slos.filter(({ sli }) => sli.derivation?.kind === 'envelope')) {
      const span = { fromMs, toMs: toMs + PANE_MS_DEFAULT, paneMs: PANE_MS_DEFAULT };
      const totals = {
        plan,
        stream: this.#stream,
        ...span,
        nameStart: drillId,
        timeoutMs: ENTITIES_TIMEOUT_MS,
      };
      found.set(plan.slo, await entityTotals(this.#store, totals));
    }
    return found;
  }

  /** Decisions on these SLOs, in the order in which they were made. */
  decisionsOf(slos: readonly JudgedSlo[], fromMs: number): Promise<readonly StoredDecision[]> {
    const names = slos.map((one) => one.slo);
    return readDecisions(this.#store, { stream: this.#stream, slos: names, fromMs });
  }

  #mark(drillId: string): {
    readonly stream: string;
    readonly attribute: string;
    readonly value: string;
  } {
    return { stream: this.#stream, attribute: DRILL_ATTRIBUTE, value: drillId };
  }
}
