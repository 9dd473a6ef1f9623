import { aiSdk } from './answers/ai-sdk.ts';
import { statedText } from './answers/structure.ts';
import { observe } from './observing/observation.ts';
import type { Observation, TimeOptions } from './observing/observation.ts';
import { observeResult } from './observing/observe-result.ts';
import { startOf } from './ai-sdk-call.ts';
import type { AiSdkOptions } from './ai-sdk-call.ts';

/** What the SDK hands a middleware, as far as it is used here. */
interface ModelCall {
  readonly model: { readonly provider?: unknown; readonly modelId?: unknown };
  readonly params?: { readonly abortSignal?: AbortSignal | undefined };
}

interface Middleware<Version> {
  readonly specificationVersion: Version;
  readonly wrapGenerate: <Result>(
    call: ModelCall & { readonly doGenerate: () => PromiseLike<Result> },
  ) => Promise<Result>;
  readonly wrapStream: <Result extends { readonly stream: ReadableStream<unknown> }>(
    call: ModelCall & { readonly doStream: () => PromiseLike<Result> },
  ) => Promise<Result>;
}

/**
 * For the Vercel AI SDK's `wrapLanguageModel({ model, middleware })`: one event of every call that the SDK makes to the
 * model, each step of a tool loop and each attempt of a retry included. `specificationVersion` is for the SDK's types
 * alone: `v3` in version 6, `v4` in version 7, any in version 5.
 */
export function aiSdkMiddleware<const Version extends string = 'v3'>(
  options: AiSdkOptions,
  specificationVersion?: Version,
): Middleware<Version> {
  return {
    specificationVersion: specificationVersion ?? ('v3' as Version),
    wrapGenerate: async ({ doGenerate, model, params }) => {
      const observation = begin(options, model, params?.abortSignal);
      const result = await noted(doGenerate, observation);
      observation.answered(result);
      return result;
    },
    wrapStream: async ({ doStream, model, params }) => {
      const observation = begin(options, model, params?.abortSignal);
      const result = await noted(doStream, observation);
      observeResult(result.stream, observation);
      return result;
    },
  };
}

function begin(
  options: AiSdkOptions,
  model: ModelCall['model'],
  signal: AbortSignal | undefined,
): Observation {
  const timed: TimeOptions = {
    ...startOf(options, { provider: statedText(model.provider), modelId: statedText(model.modelId) }),
    ...(signal !== undefined && { signal }),
    adapter: aiSdk,
  };
  return observe(timed);
}

async function noted<Result>(call: () => PromiseLike<Result>, observation: Observation): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    observation.failed(error);
    throw error;
  }
}
