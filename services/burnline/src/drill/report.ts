import type { Delays, EventComparison } from './compare-events.ts';
import type { PaneComparison } from './compare-panes.ts';
import type { Detection, FalseAlert } from './detection.ts';
import type { DrillGateAnswer } from './gate-answers.ts';
import type { PartResult } from './run-parts.ts';

/** What a drill found. Times in ms. */
export interface DrillReport {
  readonly drillId: string;
  readonly stream: string;
  readonly provider: string;
  readonly startedAt: string;
  readonly events: EventComparison & {
    /** Requests that were sent again because nobody took them, and those sent again on purpose. */
    readonly retried: number;
    readonly sentAgain: number;
  };
  readonly visible: {
    /** From publishing to the row being seen, at a look every `lookMs`; null if nothing was seen. */
    readonly delays: Delays | null;
    readonly lookMs: number;
    /** From the last event to all being visible, raw rows and panes; null if they were not in time. */
    readonly allAfterMs: number | null;
  };
  readonly panes: readonly PaneComparison[];
  readonly detections: readonly Detection[];
  readonly falseAlerts: readonly FalseAlert[];
  readonly gate: readonly DrillGateAnswer[];
  readonly parts: readonly PartResult[];
  /** Why the answer is no; empty if all is well. */
  readonly faults: readonly string[];
}

/** Everything for which a drill's answer is no. */
export function faultsOf(report: Omit<DrillReport, 'faults'>): readonly string[] {
  const { events, panes, detections, falseAlerts, parts } = report;
  const told = panes.filter((pane) => pane.isComparable);
  const missing = told.reduce((sum, pane) => sum + pane.missing, 0);
  const surplus = told.reduce((sum, pane) => sum + pane.surplus, 0);
  const entities = told.flatMap(({ slo, entities: own }) => (own === null ? [] : [{ slo, ...own.consumed }]));
  return [
    ...sayIf(events.acknowledged === 0, 'nothing was acknowledged'),
    ...sayIf(events.lost.length > 0, `${events.lost.length} acknowledged events are not there`),
    ...sayIf(events.doubled.length > 0, `${events.doubled.length} events are there more than once`),
    ...sayIf(events.foreign.length > 0, `${events.foreign.length} events are there that were never made`),
    ...sayIf(missing > 0, `panes count ${missing} too few`),
    ...sayIf(surplus > 0, `panes count ${surplus} too many`),
    ...entities.flatMap((one) => [
      ...sayIf(one.missing > 0, `${one.slo}: by its panes entities consumed ${one.missing} too little`),
      ...sayIf(one.surplus > 0, `${one.slo}: by its panes entities consumed ${one.surplus} too much`),
    ]),
    ...falseAlerts.map(
      ({ slo, tier, firedAt }) => `${slo} ${tier} fired at ${firedAt}, and nothing of it was bad`,
    ),
    ...detections.flatMap(({ scenario, outcome }) =>
      sayIf(outcome !== 'detected', `${scenario}: ${OUTCOME_TEXT[outcome]}`),
    ),
    ...parts.flatMap(({ name, stop, resume }) => [
      ...sayIf(stop !== null && stop.exitCode !== 0, `${name} could not be stopped`),
      ...sayIf(resume !== null && resume.exitCode !== 0, `${name} could not be resumed`),
    ]),
  ];
}

export const OUTCOME_TEXT: Readonly<Record<Detection['outcome'], string>> = {
  detected: 'detected',
  'not-detected': 'never detected',
  'not-covered': 'no SLO covers it (examples/drill/slos.yaml does)',
  'cannot-be-told-apart':
    'cannot be told apart: the SLOs that cover it count other traffic in the same series',
  'not-run': 'no event of it was acknowledged',
};

function sayIf(isSo: boolean, text: string): readonly string[] {
  return isSo ? [text] : [];
}
