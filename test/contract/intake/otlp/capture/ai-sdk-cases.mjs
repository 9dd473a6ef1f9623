import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { startTracing } from './tracing.mjs';

const PROMPT = 'CANARY-prompt What is good?';

/** Runs the case that CASE names; `telemetry` is what each call is given to be seen. */
export async function run(telemetry) {
  const tracing = startTracing();
  const name = process.env.CASE;
  const provider = createOpenAICompatible({
    name: 'fake',
    baseURL: `${process.env.PROVIDER}/v1`,
    includeUsage: name !== 'unmetered',
  });
  const settings = {
    model: provider('m'),
    prompt: PROMPT,
    maxRetries: name === 'limited' ? 1 : 0,
    ...telemetry,
  };
  try {
    await call(name, settings);
  } catch (error) {
    console.log(error.name);
  }
  await tracing.shutdown();
}

async function call(name, settings) {
  if (['whole', 'limited', 'broken', 'cached'].includes(name)) return generateText(settings);
  if (name === 'tools') {
    const weather = tool({
      inputSchema: z.object({ city: z.string() }),
      execute: async () => 'CANARY-result warm',
    });
    return generateText({ ...settings, tools: { weather }, stopWhen: stepCountIs(3) });
  }
  const abort = new AbortController();
  const { textStream } = streamText({ ...settings, abortSignal: abort.signal, onError: () => undefined });
  for await (const _ of textStream) {
    if (name === 'stopped') abort.abort();
  }
}
