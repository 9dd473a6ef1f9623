import {
  alertKeyOf,
  foldDecisions,
  formatRatio,
  highestFiring,
  newAlert,
  severityOf,
  step,
  type AlertDecision,
  type AlertState,
  type BurnTier,
  type SloPlan,
} from '@burnline/core';
import { DECISIONS_TOPIC, decodeDecision, encodeDecision, type DecisionRecord } from '@burnline/contracts';
import type { EventLog, Store } from '@burnline/runtime';
import { attribute } from './attribution.ts';
import { readBurnRows, readUndecided, type BurnRow, type StreamEvaluation } from './burn-rows.ts';
import { evaluateTier, type TierEvaluation } from './tier-evaluation.ts';

/** Rows judged between two steps of progress: bounds memory and what a crash repeats. */
const ROWS_PER_STEP = 20_000;
const LOG_READ_BYTES = 4 * 1024 * 1024;

export interface DeciderParts {
  readonly store: Store;
  readonly log: EventLog;
  readonly plans: readonly SloPlan[];
}

/**
 * Judges burn rates and appends what it decides to the decision log, before anybody is told. Its state is a fold of that
 * log, so a restart goes on where the log ends: what was decided stays decided, whatever the data says by now.
 */
export class Decider {
  readonly #parts: DeciderParts;
  readonly #plans: ReadonlyMap<string, SloPlan>;
  /** What the decision log says, up to `#nextOffset`. */
  #logStates = new Map<string, AlertState>();
  /** The same, and what was evaluated since without a decision. */
  #states = new Map<string, AlertState>();
  #nextOffset: number | null = null;
  /** Longest hold of a tier: a restart evaluates so much again, to find what was pending. */
  readonly #holdMsMax: number;
  #resumedStreams = new Set<string>();

  constructor(parts: DeciderParts) {
    this.#parts = parts;
    this.#plans = new Map(parts.plans.map((plan) => [`${plan.slo}|${plan.sli.specRev}`, plan]));
    this.#holdMsMax = Math.max(0, ...parts.plans.flatMap((plan) => plan.tiers.map((tier) => tier.holdMs)));
  }

  /** Judges everything that is evaluated and not judged yet; returns how many decisions were made. */
  async run(): Promise<number> {
    if (await this.#followLog()) this.#states = new Map(this.#logStates);
    let decisionCount = 0;
    for (const evaluation of await readUndecided(this.#parts.store)) {
      decisionCount += await this.#decideStream(evaluation);
    }
    return decisionCount;
  }

  /** Reads what the log holds beyond what is known: at the start everything, later what was appended since. */
  async #followLog(): Promise<boolean> {
    const { log } = this.#parts;
    const start = this.#nextOffset ?? (await log.bounds([DECISIONS_TOPIC]))[0]?.startOffset ?? 0;
    let next = start;
    for (;;) {
      const from = { topic: DECISIONS_TOPIC, partition: 0, fromOffset: next, bytesMax: LOG_READ_BYTES };
      const messages = await log.read(from);
      const last = messages.at(-1);
      if (last === undefined) break;
      const decisions = messages.map((message) => decodeDecision(message.value));
      this.#logStates = foldDecisions(decisions, this.#logStates);
      next = last.offset + 1;
    }
    this.#nextOffset = next;
    return next > start;
  }

  async #decideStream(evaluation: StreamEvaluation): Promise<number> {
    const { store } = this.#parts;
    const isResumed = this.#resumedStreams.has(evaluation.stream);
    this.#resumedStreams.add(evaluation.stream);
    let fromMs = Math.max(0, evaluation.decidedThroughMs - (isResumed ? 0 : this.#holdMsMax));
    let decisionCount = 0;
    for (;;) {
      const span = { stream: evaluation.stream, fromMs, toMs: evaluation.evaluatedThroughMs };
      const rows = await readBurnRows(store, { ...span, limit: ROWS_PER_STEP });
      const decisions = await this.#decideRows(evaluation.stream, rows);
      if (decisions.length > 0) await this.#append(decisions);
      decisionCount += decisions.length;
      const isLastStep = rows.length < ROWS_PER_STEP;
      fromMs = isLastStep
        ? evaluation.evaluatedThroughMs
        : (rows.at(-1)?.atMs ?? evaluation.evaluatedThroughMs);
      await store.insertRows('alert_progress', [
        { stream: evaluation.stream, decided_through: Math.floor(fromMs / 1_000) },
      ]);
      if (isLastStep) return decisionCount;
    }
  }

  async #append(decisions: readonly DecisionRecord[]): Promise<void> {
    const messages = decisions.map((decision) => ({ value: encodeDecision(decision) }));
    const expected = this.#nextOffset;
    const [first] = await this.#parts.log.append([{ topic: DECISIONS_TOPIC, partition: 0, messages }]);
    await this.#followLog();
    // Another alerter wrote in between: its decisions came first and stand.
    if (first !== expected) this.#states = new Map(this.#logStates);
  }

  async #decideRows(stream: string, rows: readonly BurnRow[]): Promise<readonly DecisionRecord[]> {
    const decisions: DecisionRecord[] = [];
    for (const row of rows) {
      const plan = this.#plans.get(`${row.slo}|${row.specRev}`);
      if (plan !== undefined) decisions.push(...(await this.#decideRow(stream, row, plan)));
    }
    return decisions;
  }

  async #decideRow(stream: string, row: BurnRow, plan: SloPlan): Promise<readonly DecisionRecord[]> {
    const made: { tier: BurnTier; decision: AlertDecision; evaluation: TierEvaluation; alertKey: string }[] =
      [];
    const before = this.#firingTier(stream, row, plan);
    for (const tier of plan.tiers) {
      const evaluation = evaluateTier(row, plan, tier);
      if (evaluation === null) continue;
      const alertKey = alertKeyOf({ stream, slo: row.slo, seriesKey: row.series, tier: tier.name });
      const { state, decisions } = step(this.#states.get(alertKey) ?? newAlert(), evaluation, tier.holdMs);
      this.#states.set(alertKey, state);
      made.push(...decisions.map((decision) => ({ tier, decision, evaluation, alertKey })));
    }
    const after = this.#firingTier(stream, row, plan);
    const records: DecisionRecord[] = [];
    for (const one of made) {
      // The tier that speaks for the incident is the most urgent one that fires; when it ends, the one that had spoken.
      const speaker = one.decision.kind === 'fire' ? after : (after ?? before);
      records.push({
        version: 1,
        alertKey: one.alertKey,
        kind: one.decision.kind,
        at: one.decision.at,
        isInhibited: speaker !== null && speaker !== one.tier,
        evidence: await this.#evidenceOf(stream, row, plan, one),
      });
    }
    return records;
  }

  #firingTier(stream: string, row: BurnRow, plan: SloPlan): BurnTier | null {
    return highestFiring(
      plan.tiers.map((tier) => ({
        tier,
        state:
          this.#states.get(alertKeyOf({ stream, slo: row.slo, seriesKey: row.series, tier: tier.name })) ??
          newAlert(),
      })),
    );
  }

  async #evidenceOf(
    stream: string,
    row: BurnRow,
    plan: SloPlan,
    made: { readonly tier: BurnTier; readonly decision: AlertDecision; readonly evaluation: TierEvaluation },
  ): Promise<DecisionRecord['evidence']> {
    const { tier, evaluation } = made;
    const isFire = made.decision.kind === 'fire';
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
      attribution: isFire
        ? [
            ...(await attribute(this.#parts.store, {
              plan,
              stream,
              labels: row.labels,
              fromMs: row.atMs - tier.longWindowMs,
              toMs: row.atMs,
            })),
          ]
        : [],
    };
  }
}
