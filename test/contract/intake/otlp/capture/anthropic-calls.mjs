import { createRequire } from 'node:module';
import { CITY, LIMITS, PROMPT, TOOL_RESULT } from './chat-cases.mjs';

/** The calls of Anthropic's client, loaded as OpenAI's is. */
export function anthropicCalls() {
  const { Anthropic } = createRequire(import.meta.url)('@anthropic-ai/sdk');
  const client = new Anthropic({ baseURL: process.env.PROVIDER, apiKey: 'none', ...LIMITS });
  const create = (more, messages = PROMPT) =>
    client.messages.create({ model: 'm', max_tokens: 100, messages, ...more });
  return {
    whole: () => create(),
    async tools() {
      const tools = [{ name: 'weather', input_schema: CITY }];
      const { content } = await create({ tools });
      const result = { type: 'tool_result', tool_use_id: content[0].id, content: TOOL_RESULT };
      const asked = { role: 'assistant', content };
      await create({ tools }, [...PROMPT, asked, { role: 'user', content: [result] }]);
    },
    stream: () => create({ stream: true }),
  };
}
