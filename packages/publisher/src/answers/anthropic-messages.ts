import { classifyFailure } from '../call-failure.ts';
import type { PartialEventInput } from '../event-input.ts';
import type { AnswerAdapter, AnswerReader, Reading } from './answer-adapter.ts';
import { asRecord, countOf, recordsOf, statedText, stated, textOf } from './structure.ts';

/**
 * Anthropic's Messages API. Its `input_tokens` leaves out what was read from the cache or written to it; the event's
 * `input_tokens` is the sum of all three.
 */
export const anthropicMessages: AnswerAdapter = { marksEnd: true, read: readMessages };

function readMessages(): AnswerReader {
  /** Counts by name, as told so far: a later event repeats some of them and leaves others out. */
  let usage: Readonly<Record<string, unknown>> = {};
  let toolCalls = 0;

  const chunk = (value: unknown): Reading => {
    const event = asRecord(value);
    if (event === null) return {};
    switch (textOf(event['type'])) {
      case 'message_start': {
        const message = asRecord(event['message']);
        // The output of a message that begins is not its output: it is left out until the end tells it.
        usage = { ...asRecord(message?.['usage']), output_tokens: undefined };
        return { told: { model_served: statedText(message?.['model']), ...tokensOf(usage) } };
      }
      case 'content_block_start': {
        const block = asRecord(event['content_block']);
        if (isToolUse(block)) toolCalls += 1;
        return {
          hasContent: beginsContent(block),
          ...(toolCalls > 0 && { told: { tool_calls: toolCalls } }),
        };
      }
      case 'content_block_delta':
        return { hasContent: carriesContent(asRecord(event['delta'])) };
      case 'message_delta': {
        usage = { ...usage, ...stated(asRecord(event['usage']) ?? {}) };
        return endOf(asRecord(event['delta']), usage);
      }
      case 'message_stop':
        return { ending: 'whole' };
      case 'error':
        return { ending: classifyFailure(event) };
      default:
        return {};
    }
  };
  const answer = (value: unknown): Reading => {
    const message = asRecord(value);
    if (message === null) return {};
    if (textOf(message['type']) === 'error') return { ending: classifyFailure(message) };
    const { told, ...rest } = endOf(message, asRecord(message['usage']) ?? {});
    const tool_calls = recordsOf(message['content']).filter(isToolUse).length;
    const model_served = statedText(message['model']);
    return { ...rest, told: { ...told, model_served, ...(tool_calls > 0 && { tool_calls }) } };
  };
  return { chunk, answer };
}

function endOf(end: Record<string, unknown> | null, usage: Readonly<Record<string, unknown>>): Reading {
  const finish_reason = statedText(end?.['stop_reason']);
  const told: PartialEventInput = {
    finish_reason,
    ...tokensOf(usage),
  };
  return { told, ...(finish_reason !== undefined && { ending: 'whole' }) };
}

function isToolUse(block: Record<string, unknown> | null): boolean {
  return textOf(block?.['type']).endsWith('tool_use');
}

/** Blocks of text and thoughts begin empty; calls and thoughts that are hidden are there from the first. */
function beginsContent(block: Record<string, unknown> | null): boolean {
  if (isToolUse(block) || textOf(block?.['type']) === 'redacted_thinking') return true;
  return textOf(block?.['text']) !== '' || textOf(block?.['thinking']) !== '';
}

function carriesContent(delta: Record<string, unknown> | null): boolean {
  return ['text', 'thinking', 'partial_json'].some((name) => textOf(delta?.[name]) !== '');
}

function tokensOf(usage: Readonly<Record<string, unknown>>): PartialEventInput {
  const fresh = countOf(usage['input_tokens']);
  const cached = countOf(usage['cache_read_input_tokens']);
  const written = countOf(usage['cache_creation_input_tokens']);
  return {
    input_tokens: fresh === undefined ? undefined : fresh + (cached ?? 0) + (written ?? 0),
    cached_input_tokens: fresh === undefined ? undefined : cached,
    cache_write_input_tokens: fresh === undefined ? undefined : written,
    output_tokens: countOf(usage['output_tokens']),
    reasoning_tokens: countOf(asRecord(usage['output_tokens_details'])?.['thinking_tokens']),
    service_tier: statedText(usage['service_tier']),
  };
}
