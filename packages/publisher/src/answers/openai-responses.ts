import { classifyFailure } from '../call-failure.ts';
import type { PartialEventInput } from '../event-input.ts';
import type { AnswerAdapter, AnswerReader, Reading } from './answer-adapter.ts';
import { asRecord, countOf, recordsOf, statedText, textOf } from './structure.ts';

/** OpenAI's Responses API. `finish_reason` is the response's status, or why it is incomplete. */
export const openAiResponses: AnswerAdapter = { marksEnd: true, read: readResponses };

function readResponses(): AnswerReader {
  let toolCalls = 0;
  const chunk = (value: unknown): Reading => {
    const event = asRecord(value);
    const type = textOf(event?.['type']);
    if (event === null) return {};
    if (type === 'error' || (type === '' && asRecord(event['error']) !== null))
      return { ending: classifyFailure(asRecord(event['error']) ?? { ...event, type: undefined }) };
    if (type === 'response.output_item.added') {
      const isCall = isToolCall(asRecord(event['item']));
      if (isCall) toolCalls += 1;
      return { hasContent: isCall, told: isCall ? { tool_calls: toolCalls } : {} };
    }
    // Text, reasoning, refusals, arguments, audio: whatever the model makes comes in deltas.
    if (type.endsWith('.delta')) return { hasContent: true };
    const response = asRecord(event['response']);
    return response === null ? {} : readResponse(response);
  };
  const answer = (value: unknown): Reading => {
    const response = asRecord(value);
    if (response === null) return {};
    const tool_calls = recordsOf(response['output']).filter(isToolCall).length;
    const { told, ...rest } = readResponse(response);
    return { ...rest, told: { ...told, ...(tool_calls > 0 && { tool_calls }) } };
  };
  return { chunk, answer };
}

function isToolCall(item: Record<string, unknown> | null): boolean {
  return textOf(item?.['type']).endsWith('_call');
}

function readResponse(response: Record<string, unknown>): Reading {
  const status = textOf(response['status']);
  const reason = statedText(asRecord(response['incomplete_details'])?.['reason']);
  const isOver = ['completed', 'incomplete', 'failed', 'cancelled'].includes(status);
  const told: PartialEventInput = {
    model_served: statedText(response['model']),
    service_tier: statedText(response['service_tier']),
    reasoning_level: statedText(asRecord(response['reasoning'])?.['effort']),
    finish_reason: isOver ? (reason ?? status) : undefined,
    ...tokensOf(response['usage']),
  };
  if (status === 'failed' || asRecord(response['error']) !== null)
    return { told, ending: classifyFailure({ error: response['error'] ?? { code: 'response_failed' } }) };
  if (status === 'cancelled') return { told, ending: 'aborted' };
  return { told, ...(isOver && { ending: 'whole' }) };
}

function tokensOf(value: unknown): PartialEventInput {
  const usage = asRecord(value);
  if (usage === null) return {};
  return {
    input_tokens: countOf(usage['input_tokens']),
    cached_input_tokens: countOf(asRecord(usage['input_tokens_details'])?.['cached_tokens']),
    output_tokens: countOf(usage['output_tokens']),
    reasoning_tokens: countOf(asRecord(usage['output_tokens_details'])?.['reasoning_tokens']),
  };
}
