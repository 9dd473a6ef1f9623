import { generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { startTracing } from './tracing.mjs';

const PROMPT = 'CANARY-prompt What is good?';

/** Runs the case that CASE names; `telemetry` is what each call is given to be seen. */
export async function run(telemetry) {
  const tracing = startTracing();
  const name = process.env.CASE;
  const settings = {
    model: await modelOf(name),
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

/** OpenAI's own provider speaks Responses; the other one chat completions. */
async function modelOf(name) {
  const baseURL = `${process.env.PROVIDER}/v1`;
  if (process.env.ROUTE === 'responses') {
    const { createOpenAI } = await import('@ai-sdk/openai');
    return createOpenAI({ baseURL, apiKey: 'none' })('m');
  }
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  return createOpenAICompatible({ name: 'fake', baseURL, includeUsage: name !== 'unmetered' })('m');
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
