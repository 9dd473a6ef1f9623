import {
  alertKeyOf,
  highestFiring,
  isEnding,
  type AlertDecision,
  type BurnTier,
  type SloPlan,
} from '@burnline/core';
import {
  DECISIONS_TOPIC,
  decodeDecision,
  encodeDecision,
  type DecisionRecord,
  type OtherTier,
} from '@burnline/contracts';
import {
  WHOLE_SHARE,
  shardOf,
  type EventLog,
  type Logger,
  type ProgressWatch,
  type ServiceMetrics,
  type ShardShare,
  type Store,
} from '@burnline/runtime';
import { readCheckpoint } from '../checkpoints/checkpoint-log.ts';
import { AlertBook, type FiringAlert } from './alert-book.ts';
import { UndecidedReader, readBurnRows, type BurnRow, type StreamEvaluation } from './burn-rows.ts';
import { DecisionContexts, type Decided } from './decision-context.ts';
import { burnRatesOf, evidenceOf } from './evidence.ts';
import type { JudgedSlos } from './judged-slos.ts';
import { SavedHolds } from './saved-holds.ts';
import { evaluateTier, type TierEvaluation } from './tier-evaluation.ts';

/** Rows judged between two steps of progress: bounds memory and what a crash repeats. */
const ROWS_PER_STEP = 20_000;
const LOG_READ_BYTES = 4 * 1024 * 1024;
/** How often a row that cannot be judged is told: its SLO is as bad at the next evaluation. */
const UNJUDGED_TOLD_MS = 60_000;

export interface DeciderParts {
  readonly store: Store;
  readonly log: EventLog;
  readonly slos: JudgedSlos;
  /** Whose SLOs are judged here; all by default. */
  readonly shards?: ShardShare;
  /** Who compares the progress with the clock. */
  readonly watch?: ProgressWatch | undefined;
  readonly logger: Logger;
  readonly metrics?: Pick<ServiceMetrics, 'decided' | 'unjudged'>;
  /** Whether to look up what stands beside a fire, see `DecisionContexts`; not where nobody will read it. */
  readonly contexts?: 'looked-up' | 'none';
}

/** One row of one series of a stream, at its own time or a later one for which it still holds. */
interface Judged {
  readonly stream: string;
  readonly plan: SloPlan;
  readonly row: BurnRow;
  readonly atMs: number;
}

interface Made {
  readonly tier: BurnTier;
  readonly decision: AlertDecision;
  readonly evaluation: TierEvaluation;
}

/**
 * Judges burn rates and appends what it decides to the decision log, before anybody is told. Its state is a fold of that
 * log, so a restart goes on where the log ends: what was decided stays decided, whatever the data says by now.
 */
export class Decider {
  readonly #parts: DeciderParts;
  readonly #share: ShardShare;
  readonly #book = new AlertBook();
  readonly #contexts: DecisionContexts;
  readonly #holds: SavedHolds;
  readonly #undecided: UndecidedReader;
  #unjudgedToldMs = -Infinity;
  #nextOffset: number | null = null;
  /** By stream and shard: how far it was decided when this process first looked at it, or looked again after a failure. */
  readonly #resumedAtMs = new Map<string, number>();
  /** By stream and shard: how far this process has judged it itself. */
  readonly #judgedThroughMs = new Map<string, number>();

  constructor(parts: DeciderParts) {
    this.#parts = parts;
    this.#share = parts.shards ?? WHOLE_SHARE;
    this.#contexts = new DecisionContexts(parts);
    this.#holds = new SavedHolds(parts, this.#share.count);
    this.#undecided = new UndecidedReader(parts.store, this.#share);
  }

  /**
   * Judges everything that is evaluated and not judged yet; returns how many decisions were made. After an error it may be
   * called again: it then goes on from the log and the recorded progress, like a restart. What fails for one stream or
   * shard is thrown when the others were judged.
   */
  async run(): Promise<number> {
    try {
      await this.#followLog();
      let decisionCount = 0;
      let failure: { readonly error: unknown } | null = null;
      for (const evaluation of await this.#undecided.read()) {
        if (this.#parts.slos.of(evaluation.stream) === null) continue;
        try {
          decisionCount += await this.#decideStream(evaluation);
        } catch (error) {
          failure ??= { error };
        }
      }
      if (failure !== null) throw failure.error;
      return decisionCount;
    } catch (error) {
      // What was evaluated but perhaps not appended must not count as said.
      this.#book.forgetUndecided();
      this.#resumedAtMs.clear();
      this.#judgedThroughMs.clear();
      throw error;
    }
  }

  /** Resolves once what stands beside the decisions made so far is looked up, or given up. */
  async settled(): Promise<void> {
    await this.#contexts.settled();
  }

  /** Reads what the log holds beyond what is known: at the start from its last checkpoint on, later what was appended since. */
  async #followLog(): Promise<void> {
    const { log } = this.#parts;
    let next = this.#nextOffset ?? (await this.#begin());
    const decisions: DecisionRecord[] = [];
    for (;;) {
      const from = { topic: DECISIONS_TOPIC, partition: 0, fromOffset: next, bytesMax: LOG_READ_BYTES };
      const messages = await log.read(from);
      const last = messages.at(-1);
      if (last === undefined) break;
      decisions.push(...messages.map((message) => decodeDecision(message.value)));
      next = last.offset + 1;
    }
    // Taken in as a whole: half of what was appended together would look like a contradiction.
    this.#book.hear(decisions);
    this.#nextOffset = next;
  }

  /** Takes in the last checkpoint of the log; returns the first offset that it does not speak of. */
  async #begin(): Promise<number> {
    const { log } = this.#parts;
    const checkpoint = await readCheckpoint(log);
    if (checkpoint === null) return (await log.bounds([DECISIONS_TOPIC]))[0]?.startOffset ?? 0;
    this.#book.restore(checkpoint);
    return checkpoint.offset;
  }

  async #decideStream(evaluation: StreamEvaluation): Promise<number> {
    const { store } = this.#parts;
    const { stream, shard, evaluatedThroughMs, decidedThroughMs } = evaluation;
    const key = progressKeyOf(evaluation);
    if (!this.#resumedAtMs.has(key)) this.#resumedAtMs.set(key, decidedThroughMs);
    // After a restart, and where another alerter has judged meanwhile: what waits must be found again.
    const isUnseen = decidedThroughMs > 0 && (this.#judgedThroughMs.get(key) ?? -1) < decidedThroughMs;
    if (isUnseen) await this.#holds.restore(this.#book, evaluation, decidedThroughMs);
    let fromMs = decidedThroughMs;
    let decisionCount = 0;
    for (;;) {
      const span = { stream, shard, shardCount: this.#share.count, fromMs, toMs: evaluatedThroughMs };
      const rows = await readBurnRows(store, { ...span, limit: ROWS_PER_STEP });
      const isLastStep = rows.length < ROWS_PER_STEP;
      fromMs = isLastStep ? evaluatedThroughMs : (rows.at(-1)?.atMs ?? evaluatedThroughMs);
      decisionCount += await this.#decideStep(rows, { ...evaluation, evaluatedThroughMs: fromMs });
      this.#judgedThroughMs.set(key, fromMs);
      this.#parts.watch?.reached('decision', evaluation, fromMs);
      if (isLastStep) return decisionCount;
    }
  }

  /** Decides about some rows and what they end, appends it in one go, and records how far that is. */
  async #decideStep(rows: readonly BurnRow[], evaluation: StreamEvaluation): Promise<number> {
    const { stream, shard, evaluatedThroughMs, isReplay } = evaluation;
    const decided = this.#decideRows(rows, evaluation);
    const ends = this.#endUnwatched(evaluation);
    const isLookedUp = this.#parts.contexts !== 'none';
    const records =
      isReplay && isLookedUp ? await this.#contexts.complete(decided) : decided.map(({ record }) => record);
    if (records.length + ends.length > 0) await this.#append([...records, ...ends]);
    if (!isReplay && isLookedUp) this.#contexts.begin(decided);
    await this.#holds.save(this.#book, evaluation, evaluatedThroughMs);
    await this.#parts.store.insertRows('alert_progress', [
      { stream, shard, decided_through: Math.floor(evaluatedThroughMs / 1_000) },
    ]);
    return records.length + ends.length;
  }

  async #append(decisions: readonly DecisionRecord[]): Promise<void> {
    const messages = decisions.map((decision) => ({ value: encodeDecision(decision) }));
    await this.#parts.log.append([{ topic: DECISIONS_TOPIC, partition: 0, messages }]);
    this.#parts.metrics?.decided(decisions.length);
    // Where another alerter wrote in between, its decisions came first and stand.
    await this.#followLog();
  }

  #decideRows(rows: readonly BurnRow[], evaluation: StreamEvaluation): readonly Decided[] {
    const { stream, evaluatedThroughMs } = evaluation;
    const decided: Decided[] = [];
    let heldThroughMs = -1;
    for (const row of rows) {
      if (row.atMs > heldThroughMs) {
        heldThroughMs = row.atMs;
        decided.push(...this.#endHolds(evaluation, row.atMs - 1));
      }
      const plan = this.#parts.slos.planOf(row.slo, row.specRev);
      if (plan !== null) decided.push(...this.#isolated({ stream, plan, row, atMs: row.atMs }, plan.tiers));
    }
    decided.push(...this.#endHolds(evaluation, evaluatedThroughMs));
    return decided;
  }

  /** Between two rows the earlier one holds: what waits is decided at the end of its hold, and needs no row for that. */
  #endHolds({ stream, shard }: StreamEvaluation, throughMs: number): readonly Decided[] {
    return this.#book
      .holdsEnding(stream, throughMs)
      .filter(({ held }) => this.#isOf(shard, held.plan.slo))
      .flatMap(({ held, atMs }) => this.#isolated({ ...held, atMs }, [held.tier]));
  }

  /** A row that cannot be judged (counts that contradict each other) stops its own series, and no other. */
  #isolated(judged: Judged, tiers: readonly BurnTier[]): readonly Decided[] {
    try {
      return this.#decide(judged, tiers);
    } catch (error) {
      for (const tier of tiers) this.#book.drop(keyOf(judged, tier));
      this.#parts.metrics?.unjudged();
      const nowMs = performance.now();
      if (nowMs >= this.#unjudgedToldMs + UNJUDGED_TOLD_MS) {
        this.#unjudgedToldMs = nowMs;
        const { slo, series, atMs } = judged.row;
        const fields = { stream: judged.stream, slo, series, evaluatedAtMs: atMs, error: String(error) };
        this.#parts.logger.error(fields, 'a row of burn rates cannot be judged; the others are');
      }
      return [];
    }
  }

  #decide(judged: Judged, tiers: readonly BurnTier[]): readonly Decided[] {
    const { plan, row, atMs } = judged;
    const evaluations = tiers.flatMap((tier) => {
      const evaluation = evaluateTier(row, {
        plan,
        tier,
        atMs,
        firedAtMs: this.#book.firedAtMs(keyOf(judged, tier)),
      });
      return evaluation === null ? [] : [{ tier, evaluation }];
    });
    const made = evaluations.flatMap(({ tier, evaluation }): Made[] => {
      const decisions = this.#book.evaluate(keyOf(judged, tier), evaluation, { ...judged, tier });
      return decisions.map((decision) => ({ tier, decision, evaluation }));
    });
    return inTellingOrder(made).map(({ tier, decision, evaluation }) => ({
      plan,
      tier,
      row,
      record: {
        version: 1,
        alertKey: keyOf(judged, tier),
        kind: decision.kind,
        at: decision.at,
        isInhibited: this.#isInhibited(judged, tier),
        evidence: evidenceOf({ ...judged, tier }, evaluation),
        ...(isEnding(decision.kind) && this.#othersOf(judged, tier)),
      },
    }));
  }

  /** What the other tiers of a series that go on firing see now: one of them may have to speak up. */
  #othersOf(judged: Judged, ended: BurnTier): { readonly others?: OtherTier[] } {
    const { plan, row, atMs } = judged;
    const others = plan.tiers.flatMap((tier): OtherTier[] => {
      const alertKey = keyOf(judged, tier);
      if (tier === ended || !this.#book.isFiring(alertKey)) return [];
      const seen = evaluateTier(row, { plan, tier, atMs, firedAtMs: this.#book.firedAtMs(alertKey) });
      if (seen === null) return [];
      const { long, short } = evidenceOf({ ...judged, tier }, seen);
      return [{ alertKey, long, short, burnRate: burnRatesOf(plan, seen), coverage: row.coverage }];
    });
    return others.length === 0 ? {} : { others };
  }

  /** Whether a more urgent tier of the series fires. */
  #isInhibited(judged: Judged, tier: BurnTier): boolean {
    const alerts = judged.plan.tiers.map((other) => ({
      tier: other,
      state: this.#book.stateOf(keyOf(judged, other)),
    }));
    const { atMs } = judged;
    const firing = { kind: 'firing', firedAt: atMs, evaluatedAt: atMs, decidedAt: atMs } as const;
    return highestFiring([...alerts.filter((one) => one.tier !== tier), { tier, state: firing }]) !== tier;
  }

  /**
   * Alerts that nobody judges any more, because their SLO, tier or series went with a change of the specs, are over: a
   * decision of its own says so, and not that things are well. Its evidence says that nothing was seen (no events, coverage 0).
   */
  #endUnwatched({ stream, shard, evaluatedThroughMs: atMs }: StreamEvaluation): readonly DecisionRecord[] {
    return this.#book
      .firing(stream)
      .filter((alert) => this.#isOf(shard, alert.evidence.slo) && this.#isUnwatched(alert, atMs))
      .map(({ alertKey, evidence }) => ({
        version: 1,
        alertKey,
        kind: 'removed',
        at: atMs,
        isInhibited: false,
        ending: { by: '', reason: 'the SLO, its tier or its series is no longer judged' },
        evidence: {
          ...evidence,
          long: { ...evidence.long, bad: 0, total: 0 },
          short: { ...evidence.short, bad: 0, total: 0 },
          coverage: 0,
          attribution: [],
        },
      }));
  }

  #isOf(shard: number, slo: string): boolean {
    return shardOf(slo, this.#share.count) === shard;
  }

  #judgedOf(stream: string): readonly SloPlan[] {
    return this.#parts.slos.of(stream) ?? [];
  }

  #isUnwatched({ evidence, state }: FiringAlert, atMs: number): boolean {
    if (state.evaluatedAt !== null && state.evaluatedAt >= atMs) return false;
    const plan = this.#judgedOf(evidence.stream).find((one) => one.slo === evidence.slo);
    if (plan?.tiers.some((tier) => tier.name === evidence.tier) !== true) return true;
    if (plan.sli.specRev === evidence.specRev) return false;
    // Another revision may go on with the series: it has one long window's time to be heard of.
    const shard = shardOf(evidence.slo, this.#share.count);
    const resumedAtMs = this.#resumedAtMs.get(progressKeyOf({ stream: evidence.stream, shard })) ?? atMs;
    return (state.evaluatedAt ?? 0) <= resumedAtMs && atMs >= resumedAtMs + evidence.long.windowMs;
  }
}

function progressKeyOf({ stream, shard }: Pick<StreamEvaluation, 'stream' | 'shard'>): string {
  return `${stream}|${shard}`;
}

function keyOf({ stream, row }: Judged, tier: BurnTier): string {
  return alertKeyOf({ stream, slo: row.slo, seriesKey: row.series, tier: tier.name });
}

/**
 * Fires from the most urgent tier down, then everything else from the least urgent up (a plan's tiers stand most urgent
 * first): whoever speaks is heard first and falls silent last, so that no other tier speaks up in between.
 */
function inTellingOrder(made: readonly Made[]): readonly Made[] {
  const isFire = (one: Made): boolean => one.decision.kind === 'fire';
  return [...made.filter(isFire), ...made.filter((one) => !isFire(one)).reverse()];
}
