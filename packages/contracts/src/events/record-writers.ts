import { COST_SOURCES, FALLBACK_KINDS, STATUSES, VERDICT_KINDS } from '@burnline/core';
import type { EvalVerdict, InferenceEvent, InlineVerdict, Mark, SourceReport } from '@burnline/core';
import type { AvroWriter } from './avro-writer.ts';
import { encodeFailed } from './event-contract-error.ts';

/**
 * One writer per record, field by field in the schema's order. Written out rather than driven by the schema because it
 * is the publisher's hot path (half the time of avsc's encoder, measured); a test holds every byte against avsc.
 */

export const UUID_BYTES = 16;
export const MARK_KINDS = ['idle', 'tick', 'end', 'specs'] as const;

const indexesOf = (symbols: readonly string[]): ReadonlyMap<string, number> =>
  new Map(symbols.map((symbol, index) => [symbol, index]));

const STATUS_INDEXES = indexesOf(STATUSES);
const FALLBACK_INDEXES = indexesOf(FALLBACK_KINDS);
const COST_INDEXES = indexesOf(COST_SOURCES);
const VERDICT_INDEXES = indexesOf(VERDICT_KINDS);
const MARK_INDEXES = indexesOf(MARK_KINDS);

export function writeInferenceEvent(to: AvroWriter, event: InferenceEvent): void {
  writeOrigin(to, event);
  writeOutcome(to, event);
}

/** What was asked, by whom and of whom: the fields up to `streaming`. */
function writeOrigin(to: AvroWriter, event: InferenceEvent): void {
  to.fixed('event_id', event.event_id, UUID_BYTES);
  to.long('occurred_at', event.occurred_at);
  to.text('request_id', event.request_id);
  to.text('trace_id', event.trace_id);
  to.text('span_id', event.span_id);
  to.long('attempt', event.attempt);
  to.boolean('is_final', event.is_final);
  to.long('fallback_depth', event.fallback_depth);
  to.symbol('fallback_kind', event.fallback_kind, FALLBACK_INDEXES);
  to.text('tenant', event.tenant);
  to.text('environment', event.environment);
  to.text('service', event.service);
  to.text('endpoint', event.endpoint);
  to.text('operation', event.operation);
  to.optionalText('feature', event.feature);
  to.text('provider', event.provider);
  to.text('model_requested', event.model_requested);
  to.text('model_served', event.model_served);
  to.text('deployment', event.deployment);
  to.text('region', event.region);
  to.text('prompt_name', event.prompt_name);
  to.text('prompt_version', event.prompt_version);
  to.optionalText('variant', event.variant);
  to.text('session_id', event.session_id);
  to.text('task_id', event.task_id);
  to.optionalText('agent_id', event.agent_id);
  to.optionalLong('step', event.step);
  to.optionalText('user_hash', event.user_hash);
  to.boolean('streaming', event.streaming);
}

/** What came of it: the fields from `status` on. */
function writeOutcome(to: AvroWriter, event: InferenceEvent): void {
  to.symbol('status', event.status, STATUS_INDEXES);
  to.text('error_type', event.error_type);
  to.long('http_status', event.http_status);
  to.optionalDouble('ttft_ms', event.ttft_ms);
  to.optionalDouble('duration_ms', event.duration_ms);
  to.optionalDouble('request_ttft_ms', event.request_ttft_ms);
  to.optionalDouble('request_elapsed_ms', event.request_elapsed_ms);
  to.optionalLong('input_tokens', event.input_tokens);
  to.optionalLong('cached_input_tokens', event.cached_input_tokens);
  to.optionalLong('output_tokens', event.output_tokens);
  to.optionalLong('reasoning_tokens', event.reasoning_tokens);
  to.boolean('response_cache_hit', event.response_cache_hit);
  to.optionalLong('cost_nano_usd', event.cost_nano_usd);
  to.symbol('cost_source', event.cost_source, COST_INDEXES);
  to.optionalText('price_version', event.price_version);
  to.optionalText('finish_reason', event.finish_reason);
  to.optionalLong('tool_calls', event.tool_calls);
  to.optionalLong('tool_errors', event.tool_errors);
  to.optionalBoolean('schema_valid', event.schema_valid);
  to.optionalDouble('confidence', event.confidence);
  writeInlineVerdicts(to, event.verdicts);
  to.double('sample_weight', event.sample_weight);
  to.textMap('attributes', event.attributes);
  to.doubleMap('measures', event.measures);
}

function writeInlineVerdicts(to: AvroWriter, verdicts: readonly InlineVerdict[]): void {
  const found: unknown = verdicts;
  if (!Array.isArray(found)) throw encodeFailed('verdicts', 'an array', found);
  if (verdicts.length > 0) to.varint(verdicts.length);
  for (const verdict of verdicts) writeJudgement(to, verdict);
  to.byte(0);
}

function writeJudgement(to: AvroWriter, verdict: InlineVerdict): void {
  to.text('evaluator', verdict.evaluator);
  to.text('evaluator_version', verdict.evaluator_version);
  to.symbol('kind', verdict.kind, VERDICT_INDEXES);
  to.text('dimension', verdict.dimension);
  to.boolean('passed', verdict.passed);
  to.optionalDouble('score', verdict.score);
}

export function writeEvalVerdict(to: AvroWriter, verdict: EvalVerdict): void {
  to.fixed('event_id', verdict.event_id, UUID_BYTES);
  to.long('judged_at', verdict.judged_at);
  to.long('inference_at', verdict.inference_at);
  to.optionalText('request_id', verdict.request_id);
  writeJudgement(to, verdict);
  to.text('tenant', verdict.tenant);
  to.text('environment', verdict.environment);
  to.text('service', verdict.service);
  to.text('endpoint', verdict.endpoint);
  to.text('provider', verdict.provider);
  to.text('model_requested', verdict.model_requested);
  to.text('model_served', verdict.model_served);
  to.text('deployment', verdict.deployment);
  to.text('region', verdict.region);
  to.text('prompt_name', verdict.prompt_name);
  to.text('prompt_version', verdict.prompt_version);
  to.optionalText('variant', verdict.variant);
  to.textMap('attributes', verdict.attributes);
}

export function writeSourceReport(to: AvroWriter, report: SourceReport): void {
  to.text('instance', report.instance);
  to.text('service', report.service);
  to.text('environment', report.environment);
  to.long('interval_start', report.interval_start);
  to.long('interval_end', report.interval_end);
  to.boolean('is_final', report.is_final);
  to.long('emitted_count', report.emitted_count);
  to.long('acknowledged_count', report.acknowledged_count);
  to.long('retried_count', report.retried_count);
  to.longMap('dropped_by_reason', report.dropped_by_reason);
}

export function writeMark(to: AvroWriter, mark: Mark): void {
  to.symbol('kind', mark.kind, MARK_INDEXES);
  to.long('marked_at', mark.marked_at);
  to.textList('begun_specs', mark.begun_specs);
  to.textList('ended_specs', mark.ended_specs);
}
