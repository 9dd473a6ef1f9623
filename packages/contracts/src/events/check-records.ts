import type { EvalVerdict, InferenceEvent } from '@burnline/core';
import { BETWEEN_FIELDS } from './contradictions.ts';
import { INFERENCE_RULES, VERDICT_RULES } from './event-rules.ts';
import { fieldFaults, type FieldRule } from './field-rules.ts';
import type { IntakeIssue } from './intake-issues.ts';

const holdsEvent = compileRules(INFERENCE_RULES);
const holdsVerdict = compileRules(VERDICT_RULES);

/** What is wrong with a whole event; empty for one that may enter the log. Its types may be wrong too. */
export function inferenceFaults(event: InferenceEvent): readonly IntakeIssue[] {
  const contradictions = BETWEEN_FIELDS.inference(event);
  return holdsEvent(event)
    ? contradictions
    : [...fieldFaults(INFERENCE_RULES, { ...event }), ...contradictions];
}

/** The same of a verdict. */
export function verdictFaults(verdict: EvalVerdict): readonly IntakeIssue[] {
  const contradictions = BETWEEN_FIELDS.verdict(verdict);
  return holdsVerdict(verdict)
    ? contradictions
    : [...fieldFaults(VERDICT_RULES, { ...verdict }), ...contradictions];
}

/** The same of a record of either kind. */
export function recordFaults(kind: 'inference' | 'verdict', record: unknown): readonly IntakeIssue[] {
  return kind === 'inference'
    ? inferenceFaults(record as InferenceEvent)
    : verdictFaults(record as EvalVerdict);
}

/**
 * All rules of a record as one function: a loop over them takes three times as long, and every event that is emitted is
 * checked. Names and rules are the program's own.
 */
function compileRules(rules: Readonly<Record<string, FieldRule>>): (record: object) => boolean {
  const fields = Object.entries(rules);
  const tests = fields.map(([name, { code }], index) =>
    code === undefined ? `rules[${index}](record.${name})` : `(${code(`record.${name}`)})`,
  );
  const source = `'use strict'; return (record) => ${tests.join(' && ')};`;
  const make = Reflect.construct(Function, ['rules', source]) as (
    rules: readonly FieldRule['holds'][],
  ) => (record: object) => boolean;
  return make(fields.map(([, rule]) => rule.holds));
}
