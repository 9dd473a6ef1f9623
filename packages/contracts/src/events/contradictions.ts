import type { EvalVerdict, InferenceEvent } from '@burnline/core';
import { DURATION_EXPECTED } from './event-rules.ts';
import type { IntakeIssue } from './intake-issues.ts';

/** Fields as a sender gave them: absent ones are undefined or null, and any may be wrong by itself. */
type Given<Fields> = { readonly [Field in keyof Fields]?: unknown };

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/**
 * Where fields of an inference event contradict each other. What nobody stated contradicts nothing, and a value that is
 * wrong by itself is not compared.
 */
export function inferenceContradictions(given: Given<InferenceEvent>): readonly IntakeIssue[] {
  const issues: IntakeIssue[] = [];
  const { input_tokens, output_tokens, duration_ms, request_elapsed_ms, tool_calls } = given;
  addPart(issues, ['cached_input_tokens', given.cached_input_tokens], ['input_tokens', input_tokens]);
  addCacheWrites(issues, given);
  addPart(issues, ['reasoning_tokens', given.reasoning_tokens], ['output_tokens', output_tokens]);
  addPart(issues, ['ttft_ms', given.ttft_ms], ['duration_ms', duration_ms]);
  addPart(issues, ['request_ttft_ms', given.request_ttft_ms], ['request_elapsed_ms', request_elapsed_ms]);
  addPart(issues, ['tool_errors', given.tool_errors], ['tool_calls', tool_calls]);
  if (isUnnamed(given.model_requested) && isUnnamed(given.model_served))
    issues.push({ path: 'model_requested', expected: 'model_requested or model_served', found: 'neither' });
  addElapsed(issues, given);
  addRefusal(issues, given);
  addCost(issues, given);
  return issues;
}

type NamedValue = readonly [name: keyof InferenceEvent, value: unknown];

/**
 * What an inference event leaves out although it must be there: an attempt that ended well knows how long it took. Of one
 * that did not, its sender may not know.
 */
export function inferenceGaps({
  status,
  duration_ms: duration,
}: Given<InferenceEvent>): readonly IntakeIssue[] {
  if (status !== 'ok' || !isAbsent(duration)) return [];
  return [
    { path: 'duration_ms', expected: `${DURATION_EXPECTED}, of an attempt that is ok`, found: 'nothing' },
  ];
}

/** A part cannot exceed its whole. */
function addPart(issues: IntakeIssue[], [part, one]: NamedValue, [whole, all]: NamedValue): void {
  if (typeof one !== 'number' || typeof all !== 'number' || !(one > all)) return;
  issues.push({ path: part, expected: `at most ${whole}, ${all}`, found: String(one) });
}

/** Tokens are read from the cache, written to it, or neither. */
function addCacheWrites(issues: IntakeIssue[], given: Given<InferenceEvent>): void {
  const { cache_write_input_tokens: written, cached_input_tokens: read, input_tokens: all } = given;
  if (typeof written !== 'number' || typeof all !== 'number') return;
  const others = typeof read === 'number' && read <= all ? read : 0;
  if (written <= all - others) return;
  const expected = `at most input_tokens less cached_input_tokens, ${all - others}`;
  issues.push({ path: 'cache_write_input_tokens', expected, found: String(written) });
}

/** What was refused did not end well. */
function addRefusal(issues: IntakeIssue[], { status, refused_by: refuser }: Given<InferenceEvent>): void {
  if (status !== 'ok' || isAbsent(refuser) || refuser === 'none') return;
  issues.push({ path: 'refused_by', expected: 'none of an attempt that is ok', found: String(refuser) });
}

const isUnnamed = (model: unknown): boolean => isAbsent(model) || model === '';

/** The caller waited for the final attempt at least. An earlier one may go on when its caller has long been answered. */
function addElapsed(issues: IntakeIssue[], given: Given<InferenceEvent>): void {
  const { duration_ms: duration, request_elapsed_ms: elapsed } = given;
  const isFinal = given.is_final !== false;
  if (!isFinal || typeof duration !== 'number' || typeof elapsed !== 'number' || elapsed >= duration) return;
  const expected = `at least duration_ms, ${duration}, on the final attempt`;
  issues.push({ path: 'request_elapsed_ms', expected, found: String(elapsed) });
}

/** An unstated source follows from whether there is a cost. */
function addCost(issues: IntakeIssue[], given: Given<InferenceEvent>): void {
  const { cost_nano_usd: cost, cost_source: source } = given;
  const path = 'cost_source';
  if (source === 'unknown' && !isAbsent(cost))
    issues.push({ path, expected: 'reported or computed beside a cost', found: source });
  if ((source === 'reported' || source === 'computed') && isAbsent(cost))
    issues.push({ path, expected: 'unknown where there is no cost', found: source });
}

/** What fields of a whole record leave out or say against each other: every check of one asks here. */
export const BETWEEN_FIELDS = {
  inference: (given: Given<InferenceEvent>): readonly IntakeIssue[] => {
    const [gaps, others] = [inferenceGaps(given), inferenceContradictions(given)];
    return gaps.length === 0 ? others : [...gaps, ...others];
  },
  verdict: verdictContradictions,
} as const;

/** Where fields of a verdict contradict each other. */
export function verdictContradictions(given: Given<EvalVerdict>): readonly IntakeIssue[] {
  const { judged_at: judged, inference_at: inference } = given;
  if (typeof judged !== 'number' || typeof inference !== 'number' || judged >= inference) return [];
  const expected = 'a time not before the inference was complete (inference_at)';
  return [{ path: 'judged_at', expected, found: String(judged) }];
}
