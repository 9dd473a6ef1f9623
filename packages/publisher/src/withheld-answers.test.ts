import { describe, expect, it } from 'vitest';
import { aiSdk } from './answers/ai-sdk.ts';
import { anthropicMessages } from './answers/anthropic-messages.ts';
import { genericAnswer } from './answers/generic-answer.ts';
import { openAiChat } from './answers/openai-chat.ts';
import { openAiResponses } from './answers/openai-responses.ts';
import type { EventInput } from './event-input.ts';
import { timeCall } from './time-call.ts';

describe('a timed call', () => {
  it.each([
    [openAiChat, { choices: [{ index: 0, message: {}, finish_reason: 'content_filter' }] }, 'provider'],
    [anthropicMessages, { type: 'message', stop_reason: 'refusal', content: [] }, 'provider'],
    [aiSdk, { content: [], finishReason: 'content-filter' }, 'provider'],
    [
      openAiResponses,
      { status: 'incomplete', incomplete_details: { reason: 'content_filter' }, output: [] },
      'provider',
    ],
    [genericAnswer({ tells: () => ({ finish_reason: 'guardrail_intervened' }) }), {}, 'guardrail'],
    [genericAnswer({ tells: () => ({ finish_reason: 'SAFETY' }) }), {}, 'provider'],
  ] as const)('whose answer was withheld says by whom', (adapter, answer, refused_by) => {
    const emitted: EventInput[] = [];
    timeCall(() => answer, { publisher: { emit: (event) => emitted.push(event) }, event: {}, adapter });
    expect(emitted).toMatchObject([{ status: 'content_filtered', refused_by }]);
  });

  it('of a model that itself refuses is an answer', () => {
    const emitted: EventInput[] = [];
    const answer = { choices: [{ index: 0, message: { refusal: 'No.' }, finish_reason: 'stop' }] };
    timeCall(() => answer, {
      publisher: { emit: (event) => emitted.push(event) },
      event: {},
      adapter: openAiChat,
    });
    expect(emitted).toMatchObject([{ status: 'ok', finish_reason: 'stop' }]);
  });
});
