import { decisionKeyOf, groupBy, isAppError, type BurnTier, type SloPlan } from '@burnline/core';
import type { Contribution, DecisionRecord } from '@burnline/contracts';
import type { Logger, Store } from '@burnline/runtime';
import { attribute, attributeWorstPart } from '@burnline/reading';
import { PART_UNREAD } from '../part-unread.ts';
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
/** Fires of composites whose worst part waits to be looked into: it takes statements over raw rows for each. */
const PARTS_WAITING_MAX = 100;

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
  /** Apart from the others: nothing that stands beside a decision waits for what a part is looked into for. */
  #lookingInto: Promise<void> = Promise.resolve();
  #partsWaitingCount = 0;

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
    await this.#lookingInto;
  }

  /** The records of a replay's decisions with what stands beside them. Rejects if the database is away. */
  async complete(decided: readonly Decided[]): Promise<readonly DecisionRecord[]> {
    const fires = decided.filter(isFire);
    const contexts = await this.#lookUp(fires, REPLAY_TIMEOUT_MS, true);
    for (const batch of batchesOf(fires.filter((fire) => hasBadPart(contexts.get(fire)))).values())
      await this.#lookInto(batch, contexts, REPLAY_TIMEOUT_MS, true);
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
    const composites = fires.filter((fire) => hasBadPart(contexts.get(fire)));
    for (const fire of composites) contexts.set(fire, { ...contextOf(contexts, fire), error: PART_UNREAD });
    await this.#write(contexts);
    for (const batch of batchesOf(composites).values()) this.#beginPart(batch, contexts);
  }

  /** Looks into the part that burns most of a composite, beside everything else; what is found is written over what is known. */
  #beginPart(batch: readonly Decided[], contexts: Contexts): void {
    if (this.#partsWaitingCount + batch.length > PARTS_WAITING_MAX) return;
    this.#partsWaitingCount += batch.length;
    const own: Contexts = new Map(batch.map((fire) => [fire, contextOf(contexts, fire)]));
    this.#lookingInto = this.#lookingInto
      .then(async () => {
        await this.#lookInto(batch, own, LIVE_TIMEOUT_MS, false);
        await this.#write(own);
      })
      .catch((error: unknown) => {
        this.#logger.warn(
          { error: String(error) },
          'where bad events of a part came from could not be written',
        );
      })
      .finally(() => {
        this.#partsWaitingCount -= batch.length;
      });
  }

  async #lookInto(
    batch: readonly Decided[],
    contexts: Contexts,
    timeoutMs: number,
    isPatient: boolean,
  ): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const parts = contextOf(contexts, first).attribution;
    const { found, error } = await this.#attempt(
      () => attributeWorstPart(this.#store, windowOf(first, timeoutMs), parts),
      isPatient,
    );
    const values = (found ?? []).map(bounded);
    for (const fire of batch)
      contexts.set(fire, { ...contextOf(contexts, fire), attribution: [...parts, ...values], error });
  }

  async #write(contexts: Contexts): Promise<void> {
    const rows = [...contexts].map(([{ record }, context]) => ({
      decision_key: decisionKeyOf(record.alertKey, record.at),
      attribution: JSON.stringify(context.attribution),
      remaining_ratio: context.budgetRemaining,
      error: context.error,
    }));
    await this.#store.insertRows('alert_contexts', rows);
  }

  /** One query for all fires of an SLO over the same window. */
  async #lookUp(fires: readonly Decided[], timeoutMs: number, isPatient: boolean): Promise<Contexts> {
    const contexts: Contexts = new Map();
    const budgets = new Map<Decided, number | null>();
    for (const batch of groupBy(fires, ({ record }) => record.at).values()) {
      const { found } = await this.#attempt(() => readBudgets(this.#store, batch), isPatient);
      for (const fire of batch) budgets.set(fire, found?.get(seriesKeyOf(fire)) ?? null);
    }
    for (const batch of batchesOf(fires).values()) {
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

type Contexts = Map<Decided, DecisionContext>;

const NOTHING: DecisionContext = { attribution: [], budgetRemaining: null, error: '' };
const contextOf = (contexts: Contexts, fire: Decided): DecisionContext => contexts.get(fire) ?? NOTHING;

/** Parts have burn rates; nothing can be said of one that has no bad events. */
const hasBadPart = (context: DecisionContext | undefined): boolean =>
  context?.attribution.some(({ burnRate, bad }) => burnRate !== undefined && bad > 0) === true;

/** Fires of an SLO over the same window. */
const batchesOf = (fires: readonly Decided[]): ReadonlyMap<string, readonly Decided[]> =>
  groupBy(fires, ({ plan, tier, row }) =>
    [plan.slo, plan.sli.specRev, tier.longWindowMs, row.atMs].join('|'),
  );

const windowOf = ({ plan, tier, row, record }: Decided, timeoutMs: number) => ({
  ...{ plan, stream: record.evidence.stream, timeoutMs },
  ...{ fromMs: row.atMs - tier.longWindowMs, toMs: row.atMs },
});

const bounded = (one: Contribution): Contribution => ({ ...one, value: boundedText(one.value) });

const seriesKeyOf = ({ row }: Decided): string => `${row.slo}|${row.series}`;
const isFire = ({ record }: Decided): boolean => record.kind === 'fire';

async function attributeAll(
  store: Store,
  batch: readonly Decided[],
  timeoutMs: number,
): Promise<readonly (readonly Contribution[] | null)[]> {
  const [first] = batch;
  if (first === undefined) return [];
  const found = await attribute(store, {
    ...windowOf(first, timeoutMs),
    series: batch.map((one) => one.row.labels),
  });
  return found.map((own) => own?.map(bounded) ?? null);
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
