import { createRequire } from 'node:module';
import { CITY, LIMITS, PROMPT, TOOL_RESULT } from './chat-cases.mjs';

/**
 * The calls of OpenAI's client, by the route that ROUTE names. It is loaded by `require`, since what instruments it sees that without a
 * loader of its own.
 */
export function openAiCalls() {
  const { OpenAI } = createRequire(import.meta.url)('openai');
  const client = new OpenAI({ baseURL: `${process.env.PROVIDER}/v1`, apiKey: 'none', ...LIMITS });
  return process.env.ROUTE === 'responses' ? byResponses(client) : byChat(client);
}

function byChat(client) {
  const create = (more, messages = PROMPT) =>
    client.chat.completions.create({ model: 'm', messages, ...more });
  return {
    whole: () => create(),
    async tools() {
      const tools = [{ type: 'function', function: { name: 'weather', parameters: CITY } }];
      const { message } = (await create({ tools })).choices[0];
      const result = { role: 'tool', tool_call_id: message.tool_calls[0].id, content: TOOL_RESULT };
      await create({ tools }, [...PROMPT, message, result]);
    },
    stream: (asksUsage) =>
      create({ stream: true, ...(asksUsage && { stream_options: { include_usage: true } }) }),
  };
}

function byResponses(client) {
  const create = (more, input = PROMPT) => client.responses.create({ model: 'm', input, ...more });
  return {
    whole: () => create(),
    async tools() {
      const tools = [{ type: 'function', name: 'weather', parameters: CITY, strict: false }];
      const { output } = await create({ tools });
      const result = { type: 'function_call_output', call_id: output[0].call_id, output: TOOL_RESULT };
      await create({ tools }, [...PROMPT, ...output, result]);
    },
    stream: () => create({ stream: true }),
  };
}
