import type { GateAnswer } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readGateDecisions } from '../governing/gate.ts';
import { DRILL_SERVICE } from './drill-events.ts';
import { phaseEndsMs, type Scenario, type Timeline } from './scenarios.ts';

const MOMENTS = ['before', 'during', 'after'] as const;

/** What the gate says of the drill's service at the end of a phase. */
export interface DrillGateAnswer {
  readonly scenario: Scenario;
  readonly moment: (typeof MOMENTS)[number];
  readonly asOf: string;
  readonly feature: GateAnswer;
  readonly fix: GateAnswer;
  /** Why a feature is not let through; empty if it is. */
  readonly reasons: readonly string[];
}

/**
 * The gate's answers before, during and after each fault. They follow from rows as of those moments, so they may be asked for at the
 * end; none is kept.
 */
export async function readDrillGate(
  store: Store,
  given: { readonly timeline: Timeline; readonly stream: string; readonly startedAtMs: number },
): Promise<readonly DrillGateAnswer[]> {
  const { timeline, stream, startedAtMs } = given;
  const answers: DrillGateAnswer[] = [];
  for (const scenario of timeline.scenarios)
    for (const [index, endMs] of phaseEndsMs(timeline, scenario).entries()) {
      const asOfMs = startedAtMs + endMs;
      const moment = { stream, service: DRILL_SERVICE, asOfMs };
      const [feature, fix] = await readGateDecisions(store, moment, ['feature', 'fix']);
      if (feature === undefined || fix === undefined) throw new Error('an answer for each kind of change');
      answers.push({
        scenario,
        moment: MOMENTS[index] ?? 'after',
        ...{ asOf: new Date(asOfMs).toISOString(), feature: feature.answer, fix: fix.answer },
        reasons: feature.reasons.filter(({ effect }) => effect === feature.answer).map(({ text }) => text),
      });
    }
  return answers;
}
