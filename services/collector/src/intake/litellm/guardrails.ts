import type { InlineVerdict } from '@burnline/core';
import type { Payload } from './payload.ts';
import { numberOf, textOf } from './scalars.ts';

/** What a guardrail's status says of the call; one that did not answer, or did not run, says nothing. */
const PASSED_BY_STATUS: ReadonlyMap<string, boolean> = new Map([
  ['success', true],
  ['guardrail_intervened', false],
  ['guardrail_flagged', false],
]);

/** The verdicts of the guardrails that looked at a call, each with its own score; attempts that another one follows share them. */
export function guardrailVerdicts({
  guardrail_information: listed = [],
}: Payload): readonly Omit<InlineVerdict, 'evaluator_version'>[] {
  return listed.flatMap(({ guardrail_name, guardrail_status, risk_score, confidence_score }) => {
    const passed = PASSED_BY_STATUS.get(textOf(guardrail_status) ?? '');
    const evaluator = textOf(guardrail_name);
    if (passed === undefined || evaluator === null) return [];
    const score = numberOf(risk_score) ?? numberOf(confidence_score);
    return [{ evaluator, kind: 'guardrail', dimension: 'safety', passed, score }];
  });
}
