import {
  alertKeyOf,
  formatRatio,
  highestFiring,
  severityOf,
  type AlertDecision,
  type BurnTier,
  type SloPlan,
} from '@burnline/core';
import { DECISIONS_TOPIC, decodeDecision, encodeDecision, type DecisionRecord } from '@burnline/contracts';
import {
  WHOLE_SHARE,
  shardOf,
  type EventLog,
  type ProgressWatch,
  type ShardShare,
  type Store,
} from '@burnline/runtime';
import { AlertBook, type FiringAlert } from './alert-book.ts';
import { attribute } from './attribution.ts';
import { readBurnRows, readUndecided, type BurnRow, type StreamEvaluation } from './burn-rows.ts';
import { evaluateTier, type TierEvaluation } from './tier-evaluation.ts';

/** Rows judged between two steps of progress: bounds memory and what a crash repeats. */
const ROWS_PER_STEP = 20_000;
const LOG_READ_BYTES = 4 * 1024 * 1024;

/** What is judged, which changes while a pipeline runs. */
export interface JudgedSlos {
  /**
   * SLOs of a stream that are judged now, each by its active revision; null while that is not known here. A stream that
   * nobody has heard of yet is left as it is: it is not one whose SLOs are gone.
   */
  of(stream: string): readonly SloPlan[] | null;
  /** What rows of a revision were judged by, even if another is active by now; null if it is none of this pipeline's. */
  planOf(slo: string, specRev: string): SloPlan | null;
}

export interface DeciderParts {
  readonly store: Store;
  readonly log: EventLog;
  readonly slos: JudgedSlos;
  /** Whose SLOs are judged here; all by default. */
  readonly shards?: ShardShare;
  /** Who compares the progress with the clock. */
  readonly watch?: ProgressWatch | undefined;
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
  #nextOffset: number | null = null;
  /** By stream and shard: how far it was decided when this process first looked at it, or looked again after a failure. */
  readonly #resumedAtMs = new Map<string, number>();
  /** By stream and shard: how far this process has judged it itself. */
  readonly #judgedThroughMs = new Map<string, number>();

  constructor(parts: DeciderParts) {
    this.#parts = parts;
    this.#share = parts.shards ?? WHOLE_SHARE;
  }

  /**
   * Judges everything that is evaluated and not judged yet; returns how many decisions were made. After an error it may be
   * called again: it then goes on from the log and the recorded progress, like a restart.
   */
  async run(): Promise<number> {
    try {
      await this.#followLog();
      let decisionCount = 0;
      for (const evaluation of await readUndecided(this.#parts.store, this.#share)) {
        if (this.#parts.slos.of(evaluation.stream) === null) continue;
        decisionCount += await this.#decideStream(evaluation);
      }
      return decisionCount;
    } catch (error) {
      // What was evaluated but perhaps not appended must not count as said.
      this.#book.forgetUndecided();
      this.#resumedAtMs.clear();
      this.#judgedThroughMs.clear();
      throw error;
    }
  }

  /** Reads what the log holds beyond what is known: at the start everything, later what was appended since. */
  async #followLog(): Promise<void> {
    const { log } = this.#parts;
    let next = this.#nextOffset ?? (await log.bounds([DECISIONS_TOPIC]))[0]?.startOffset ?? 0;
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

  async #decideStream(evaluation: StreamEvaluation): Promise<number> {
    const { store } = this.#parts;
    const { stream, shard, evaluatedThroughMs, decidedThroughMs } = evaluation;
    const key = progressKeyOf(evaluation);
    if (!this.#resumedAtMs.has(key)) this.#resumedAtMs.set(key, decidedThroughMs);
    // After a restart, and where another alerter has judged meanwhile: what is pending must be found again.
    const isUnseen = (this.#judgedThroughMs.get(key) ?? -1) < decidedThroughMs;
    // Longest hold of a tier: so much is evaluated again where it is not known what was pending.
    const tiers = this.#judgedOf(stream).flatMap((plan) => plan.tiers);
    const holdMsMax = Math.max(0, ...tiers.map((tier) => tier.holdMs));
    let fromMs = Math.max(0, decidedThroughMs - (isUnseen ? holdMsMax : 0));
    let decisionCount = 0;
    for (;;) {
      const span = { stream, shard, shardCount: this.#share.count, fromMs, toMs: evaluatedThroughMs };
      const rows = await readBurnRows(store, { ...span, limit: ROWS_PER_STEP });
      const isLastStep = rows.length < ROWS_PER_STEP;
      fromMs = isLastStep ? evaluatedThroughMs : (rows.at(-1)?.atMs ?? evaluatedThroughMs);
      const decisions = await this.#decideRows(rows, { ...evaluation, evaluatedThroughMs: fromMs });
      if (decisions.length > 0) await this.#append(decisions);
      decisionCount += decisions.length;
      await store.insertRows('alert_progress', [
        { stream, shard, decided_through: Math.floor(fromMs / 1_000) },
      ]);
      this.#judgedThroughMs.set(key, fromMs);
      this.#parts.watch?.reached('decision', evaluation, fromMs);
      if (isLastStep) return decisionCount;
    }
  }

  async #append(decisions: readonly DecisionRecord[]): Promise<void> {
    const messages = decisions.map((decision) => ({ value: encodeDecision(decision) }));
    await this.#parts.log.append([{ topic: DECISIONS_TOPIC, partition: 0, messages }]);
    // Where another alerter wrote in between, its decisions came first and stand.
    await this.#followLog();
  }

  async #decideRows(
    rows: readonly BurnRow[],
    evaluation: StreamEvaluation,
  ): Promise<readonly DecisionRecord[]> {
    const { stream, evaluatedThroughMs, decidedThroughMs } = evaluation;
    const decisions: DecisionRecord[] = [];
    let heldThroughMs = -1;
    for (const row of rows) {
      if (row.atMs > heldThroughMs) {
        heldThroughMs = row.atMs;
        decisions.push(...(await this.#endHolds(evaluation, row.atMs - 1)));
      }
      const plan = this.#parts.slos.planOf(row.slo, row.specRev);
      if (plan === null) continue;
      const judged = { stream, plan, row, atMs: row.atMs };
      const tiers = plan.tiers.filter(
        (tier) => row.atMs > decidedThroughMs || this.#mayBePending(judged, tier, decidedThroughMs),
      );
      decisions.push(...(await this.#decide(judged, tiers)));
    }
    decisions.push(...(await this.#endHolds(evaluation, evaluatedThroughMs)));
    decisions.push(...this.#endUnwatched(evaluation));
    return decisions;
  }

  /** Rows that were judged before are read again to find what was pending, and must not say anything else by now. */
  #mayBePending(judged: Judged, tier: BurnTier, decidedThroughMs: number): boolean {
    return judged.atMs > decidedThroughMs - tier.holdMs && !this.#book.isFiring(keyOf(judged, tier));
  }

  /** Between two rows the earlier one holds: what is pending fires at the end of its hold, and needs no row to do so. */
  async #endHolds(
    { stream, shard }: StreamEvaluation,
    throughMs: number,
  ): Promise<readonly DecisionRecord[]> {
    const decisions: DecisionRecord[] = [];
    for (const { held, atMs } of this.#book.holdsEnding(stream, throughMs)) {
      if (!this.#isOf(shard, held.plan.slo)) continue;
      decisions.push(...(await this.#decide({ ...held, atMs }, [held.tier])));
    }
    return decisions;
  }

  async #decide(judged: Judged, tiers: readonly BurnTier[]): Promise<readonly DecisionRecord[]> {
    const { plan, row, atMs } = judged;
    const made: Made[] = [];
    for (const tier of tiers) {
      const firedAtMs = this.#book.firedAtMs(keyOf(judged, tier));
      const evaluation = evaluateTier(row, { plan, tier, atMs, firedAtMs });
      if (evaluation === null) continue;
      const decisions = this.#book.evaluate(keyOf(judged, tier), evaluation, { ...judged, tier });
      made.push(...decisions.map((decision) => ({ tier, decision, evaluation })));
    }
    const records: DecisionRecord[] = [];
    for (const one of inTellingOrder(made)) {
      records.push({
        version: 1,
        alertKey: keyOf(judged, one.tier),
        kind: one.decision.kind,
        at: one.decision.at,
        isInhibited: this.#isInhibited(judged, one.tier),
        evidence: await this.#evidenceOf(judged, one),
      });
    }
    return records;
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

  async #evidenceOf({ stream, plan, row }: Judged, made: Made): Promise<DecisionRecord['evidence']> {
    const { tier, evaluation, decision } = made;
    const where = {
      plan,
      stream,
      labels: row.labels,
      fromMs: row.atMs - tier.longWindowMs,
      toMs: row.atMs,
    };
    return {
      stream,
      slo: row.slo,
      displayName: plan.displayName,
      service: plan.service,
      specRev: row.specRev,
      series: row.series,
      labels: { ...row.labels },
      tier: tier.name,
      severity: severityOf(tier, plan.criticality),
      target: formatRatio(plan.target),
      factor: tier.factor.numerator / tier.factor.denominator,
      long: { windowMs: tier.longWindowMs, bad: evaluation.long.bad, total: evaluation.long.total },
      short: { windowMs: tier.shortWindowMs, bad: evaluation.short.bad, total: evaluation.short.total },
      coverage: row.coverage,
      attribution: decision.kind === 'fire' ? [...(await attribute(this.#parts.store, where))] : [],
    };
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
