import { decisionKeyOf, groupBy, isAppError, type BurnTier, type SloPlan } from '@burnline/core';
import type { Contribution, DecisionRecord } from '@burnline/contracts';
import type { Logger, Store } from '@burnline/runtime';
import { attribute } from '@burnline/reading';
import { boundedText } from './evidence.ts';
import type { BurnRow } from './burn-rows.ts';

/** A decision, and what it was made of. */
export interface Decided {
  readonly record: DecisionRecord;
  readonly plan: SloPlan;
  readonly tier: BurnTier;
  readonly row: BurnRow;
}

/** What is known beside a decision. */
interface DecisionContext {
  readonly attribution: readonly Contribution[];
  readonly budgetRemaining: number | null;
  /** Why there is no attribution; empty if there is. */
  readonly error: string;
}

/** A page that waits longer for what stands beside it is a late page. */
const LIVE_TIMEOUT_MS = 4_000;
/** Nobody waits for a replay's pages. */
const REPLAY_TIMEOUT_MS = 60_000;
/** Fires that wait to be looked up: with more at once, the newest go without. */
const WAITING_MAX = 10_000;

/**
 * Looks up what stands beside a fire: where the bad events came from, and what is left of the budget. A live decision is
 * in the log before it is looked up; what is found is written to `alert_contexts`. What fails or is slow costs a page its
 * attribution, never its time. A replay's decisions are completed first, so that the same history gives the same log.
 */
export class DecisionContexts {
  readonly #store: Store;
  readonly #logger: Logger;
  #running: Promise<void> = Promise.resolve();
  #waitingCount = 0;

  constructor(parts: { readonly store: Store; readonly logger: Logger }) {
    this.#store = parts.store;
    this.#logger = parts.logger;
  }

  /** Begins to look up what stands beside live decisions; never throws. */
  begin(decided: readonly Decided[]): void {
    const fires = decided.filter(isFire).slice(0, WAITING_MAX - this.#waitingCount);
    if (fires.length === 0) return;
    this.#waitingCount += fires.length;
    this.#running = this.#running
      .then(() => this.#record(fires))
      .catch((error: unknown) => {
        this.#logger.warn({ error: String(error) }, 'what stands beside decisions could not be written');
      })
      .finally(() => {
        this.#waitingCount -= fires.length;
      });
  }

  /** Resolves once everything that was begun is over. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** The records of a replay's decisions with what stands beside them. Rejects if the database is away. */
  async complete(decided: readonly Decided[]): Promise<readonly DecisionRecord[]> {
    const contexts = await this.#lookUp(decided.filter(isFire), REPLAY_TIMEOUT_MS, true);
    return decided.map((one) => {
      const context = contexts.get(one);
      if (context === undefined) return one.record;
      const { attribution, budgetRemaining } = context;
      const budget = budgetRemaining === null ? {} : { budgetRemaining };
      return {
        ...one.record,
        evidence: { ...one.record.evidence, attribution: [...attribution], ...budget },
      };
    });
  }

  async #record(fires: readonly Decided[]): Promise<void> {
    const contexts = await this.#lookUp(fires, LIVE_TIMEOUT_MS, false);
    const rows = [...contexts].map(([{ record }, context]) => ({
      decision_key: decisionKeyOf(record.alertKey, record.at),
      attribution: JSON.stringify(context.attribution),
      remaining_ratio: context.budgetRemaining,
      error: context.error,
    }));
    await this.#store.insertRows('alert_contexts', rows);
  }

  /** One query for all fires of an SLO over the same window. */
  async #lookUp(
    fires: readonly Decided[],
    timeoutMs: number,
    isPatient: boolean,
  ): Promise<ReadonlyMap<Decided, DecisionContext>> {
    const contexts = new Map<Decided, DecisionContext>();
    const budgets = new Map<Decided, number | null>();
    for (const batch of groupBy(fires, ({ record }) => record.at).values()) {
      const { found } = await this.#attempt(() => readBudgets(this.#store, batch), isPatient);
      for (const fire of batch) budgets.set(fire, found?.get(seriesKeyOf(fire)) ?? null);
    }
    const batches = groupBy(fires, ({ plan, tier, row }) =>
      [plan.slo, plan.sli.specRev, tier.longWindowMs, row.atMs].join('|'),
    );
    for (const batch of batches.values()) {
      const attributions = await this.#attempt(() => attributeAll(this.#store, batch, timeoutMs), isPatient);
      batch.forEach((fire, index) => {
        contexts.set(fire, {
          attribution: attributions.found?.[index] ?? [],
          budgetRemaining: budgets.get(fire) ?? null,
          error: attributions.error,
        });
      });
    }
    return contexts;
  }

  async #attempt<Found>(
    work: () => Promise<Found>,
    isPatient: boolean,
  ): Promise<{ readonly found: Found | null; readonly error: string }> {
    try {
      return { found: await work(), error: '' };
    } catch (error) {
      if (isPatient && isAppError(error) && error.outcome === 'retry') throw error;
      this.#logger.error({ error: String(error) }, 'what stands beside a decision could not be looked up');
      return { found: null, error: isAppError(error) ? error.code : 'UNEXPECTED' };
    }
  }
}

const seriesKeyOf = ({ row }: Decided): string => `${row.slo}|${row.series}`;
const isFire = ({ record }: Decided): boolean => record.kind === 'fire';

async function attributeAll(
  store: Store,
  batch: readonly Decided[],
  timeoutMs: number,
): Promise<readonly (readonly Contribution[] | null)[]> {
  const [first] = batch;
  if (first === undefined) return [];
  const { plan, tier, row, record } = first;
  const found = await attribute(store, {
    plan,
    stream: record.evidence.stream,
    fromMs: row.atMs - tier.longWindowMs,
    toMs: row.atMs,
    series: batch.map((one) => one.row.labels),
    timeoutMs,
  });
  return found.map((own) => own?.map((one) => ({ ...one, value: boundedText(one.value) })) ?? null);
}

/** Share of the budget that each series had left at the moment of decisions that were made together, by `slo|series`; what a partly filled period is projected to. */
async function readBudgets(
  store: Store,
  fires: readonly Decided[],
): Promise<ReadonlyMap<string, number | null>> {
  const [first] = fires;
  if (first === undefined) return new Map();
  const rows = await store.query<{ key: string; remaining: number | null }>(
    `SELECT concat(slo, '|', toString(series)) AS key,
            if(is_estimated, projected_remaining_ratio, remaining_ratio) AS remaining
     FROM budgets FINAL
     WHERE stream = {stream:String} AND slo IN {slos:Array(String)} AND evaluated_at <= fromUnixTimestamp({at:UInt32})
       AND has({keys:Array(String)}, concat(slo, '|', toString(series)))
     ORDER BY evaluated_at DESC LIMIT 1 BY slo, series`,
    {
      stream: first.record.evidence.stream,
      slos: [...new Set(fires.map(({ plan }) => plan.slo))],
      keys: fires.map(seriesKeyOf),
      at: Math.floor(first.record.at / 1_000),
    },
  );
  return new Map(rows.map(({ key, remaining }) => [key, remaining]));
}
