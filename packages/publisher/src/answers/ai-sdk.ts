import { classifyFailure } from '../call-failure.ts';
import type { PartialEventInput } from '../event-input.ts';
import type { AnswerAdapter, AnswerReader, Reading } from './answer-adapter.ts';
import { asRecord, countOf, recordsOf, statedText, textOf } from './structure.ts';

/**
 * The Vercel AI SDK, versions 5 to 7: the parts of a model's own stream (`doStream`), of `fullStream` and of the results of
 * `generateText` and `doGenerate`. Its words for why an answer ended are one set for all providers.
 */
export const aiSdk: AnswerAdapter = { marksEnd: true, read: readParts };

const CONTENT_PARTS: ReadonlySet<string> = new Set([
  'text-delta',
  'reasoning-delta',
  'tool-input-start',
  'tool-input-delta',
  'tool-call',
  'file',
]);

function readParts(): AnswerReader {
  const counts = { tool_calls: 0, tool_errors: 0 };
  const chunk = (value: unknown): Reading => {
    const outer = asRecord(value);
    // Inside of a result, parts travel in an envelope.
    const part = asRecord(outer?.['part']) ?? outer;
    if (part === null) return {};
    switch (textOf(part['type'])) {
      case 'response-metadata':
      case 'model-call-response-metadata':
        return { told: { model_served: statedText(part['modelId']) } };
      case 'tool-call':
        counts.tool_calls += 1;
        return { hasContent: true, told: { ...counts } };
      case 'tool-error':
        counts.tool_errors += 1;
        return { told: { ...counts } };
      case 'finish-step':
      case 'finish':
        return readFinish(part);
      case 'abort':
        return { ending: 'aborted' };
      case 'error':
        return { ending: classifyFailure(part['error']) };
      default:
        return { hasContent: isContent(part) };
    }
  };
  const answer = (value: unknown): Reading => {
    const result = asRecord(value);
    if (result === null) return {};
    const parts = recordsOf(result['content']);
    const tool_calls = parts.filter(({ type }) => type === 'tool-call').length;
    const { told, ...rest } = readFinish(result);
    return { ...rest, told: { ...told, ...(tool_calls > 0 && { tool_calls }) } };
  };
  return { chunk, answer };
}

function isContent(part: Record<string, unknown>): boolean {
  if (!CONTENT_PARTS.has(textOf(part['type']))) return false;
  const text = part['text'] ?? part['delta'] ?? part['inputTextDelta'];
  return text === undefined || text !== '';
}

/** Of a part that ends a step or an answer, or of a result. */
function readFinish(part: Record<string, unknown>): Reading {
  const given = part['finishReason'];
  const reason = statedText(given) ?? statedText(asRecord(given)?.['unified']);
  const raw = statedText(asRecord(given)?.['raw']) ?? statedText(part['rawFinishReason']);
  const told: PartialEventInput = {
    model_served: statedText(asRecord(part['response'])?.['modelId']),
    finish_reason: reason,
    ...tokensOf(part['totalUsage'] ?? part['usage']),
  };
  if (reason === 'error') return { told, ending: classifyFailure({ code: 'finish_error' }) };
  // The SDK ends a stream that broke off without a reason by a finish of its own, which has none from the provider.
  const isTold = reason !== undefined && reason !== 'unknown' && (reason !== 'other' || raw !== undefined);
  const goesOn = part['type'] === 'finish-step' && reason === 'tool-calls';
  return { told, ...(isTold && !goesOn && { ending: 'whole' }) };
}

/** A model's usage has parts with a `total`, a result's is flat, and version 5 has other names for the details. */
function tokensOf(value: unknown): PartialEventInput {
  const usage = asRecord(value);
  if (usage === null) return {};
  const [input, output] = [asRecord(usage['inputTokens']), asRecord(usage['outputTokens'])];
  const inputDetails = asRecord(usage['inputTokenDetails']);
  const outputDetails = asRecord(usage['outputTokenDetails']);
  return {
    input_tokens: countOf(input?.['total'] ?? usage['inputTokens']),
    cached_input_tokens: countOf(
      input?.['cacheRead'] ?? inputDetails?.['cacheReadTokens'] ?? usage['cachedInputTokens'],
    ),
    cache_write_input_tokens: countOf(input?.['cacheWrite'] ?? inputDetails?.['cacheWriteTokens']),
    output_tokens: countOf(output?.['total'] ?? usage['outputTokens']),
    reasoning_tokens: countOf(
      output?.['reasoning'] ?? outputDetails?.['reasoningTokens'] ?? usage['reasoningTokens'],
    ),
  };
}
