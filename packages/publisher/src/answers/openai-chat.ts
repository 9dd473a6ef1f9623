import { classifyFailure } from '../call-failure.ts';
import type { PartialEventInput } from '../event-input.ts';
import type { AnswerAdapter, AnswerReader, Reading } from './answer-adapter.ts';
import { asRecord, countOf, recordsOf, statedText, textOf } from './structure.ts';

/**
 * OpenAI's chat completions and everything that speaks like them (Azure, vLLM, LiteLLM, OpenRouter, DeepSeek ...).
 *
 * Tokens come with the last chunk if the request says `stream_options: { include_usage: true }`, else they are not known.
 * `prompt_tokens` includes cached ones, as `input_tokens` does.
 */
export const openAiChat: AnswerAdapter = { marksEnd: true, read: readChat };

function readChat(): AnswerReader {
  /** By index: whether the choice has ended. */
  const choices = new Map<unknown, boolean>();
  const toolCalls = new Set<string>();

  const read = (value: unknown, partName: 'delta' | 'message'): Reading => {
    const chunk = asRecord(value);
    if (chunk === null) return {};
    if (asRecord(chunk['error']) !== null) return { ending: classifyFailure(chunk) };
    let hasContent = false;
    let finish_reason: string | undefined;
    for (const choice of recordsOf(chunk['choices'])) {
      const part = asRecord(choice[partName]) ?? choice;
      hasContent = carriesContent(part) || hasContent;
      for (const [position, call] of recordsOf(part['tool_calls']).entries())
        toolCalls.add(`${countOf(choice['index']) ?? 0}/${countOf(call['index']) ?? position}`);
      const finished = statedText(choice['finish_reason']);
      choices.set(choice['index'], finished !== undefined || choices.get(choice['index']) === true);
      finish_reason ??= finished;
    }
    // Of several choices one may end before another has begun.
    const ending = [...choices.values()].every((hasEnded) => hasEnded) ? 'whole' : 'open';
    const told: PartialEventInput = {
      model_served: statedText(chunk['model']),
      system_fingerprint: statedText(chunk['system_fingerprint']),
      service_tier: statedText(chunk['service_tier']),
      finish_reason,
      tool_calls: toolCalls.size === 0 ? undefined : toolCalls.size,
      ...tokensOf(chunk['usage']),
    };
    if (finish_reason === 'error')
      return { hasContent, told, ending: classifyFailure({ code: 'finish_error' }) };
    return { hasContent, told, ...(choices.size > 0 && { ending }) };
  };
  return { chunk: (chunk) => read(chunk, 'delta'), answer: (answer) => read(answer, 'message') };
}

function carriesContent(part: Record<string, unknown>): boolean {
  // `reasoning_content` and `reasoning` are what several servers call thoughts, `text` is the older completions API's.
  const texts = ['content', 'reasoning_content', 'reasoning', 'refusal', 'text'];
  if (texts.some((name) => textOf(part[name]) !== '')) return true;
  if (recordsOf(part['tool_calls']).length > 0 || recordsOf(part['content']).length > 0) return true;
  return asRecord(part['function_call']) !== null || asRecord(part['audio']) !== null;
}

function tokensOf(value: unknown): PartialEventInput {
  const usage = asRecord(value);
  if (usage === null) return {};
  const promptDetails = asRecord(usage['prompt_tokens_details']);
  return {
    input_tokens: countOf(usage['prompt_tokens']),
    cached_input_tokens: countOf(promptDetails?.['cached_tokens']),
    // Of servers that tell it; OpenAI itself writes its cache for nothing.
    cache_write_input_tokens: countOf(promptDetails?.['cache_write_tokens']),
    output_tokens: countOf(usage['completion_tokens']),
    reasoning_tokens: countOf(asRecord(usage['completion_tokens_details'])?.['reasoning_tokens']),
  };
}
