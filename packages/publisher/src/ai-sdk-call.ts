import { stated } from './answers/structure.ts';
import type { PartialEventInput } from './event-input.ts';
import type { TimeOptions } from './observing/observation.ts';

export interface AiSdkOptions extends Pick<TimeOptions, 'publisher' | 'now'> {
  /**
   * What is known beforehand, or a function that is asked at each call's beginning, in the call's own asynchronous
   * context. Provider and model need not be said: the SDK knows them.
   */
  readonly event?: PartialEventInput | (() => PartialEventInput);
}

/** What the SDK says of a call before it is made. */
export interface AiSdkModel {
  readonly provider: string | undefined;
  readonly modelId: string | undefined;
}

/** How a call's event begins: what the SDK says of the model, and the service's own word, which wins. */
export function startOf(
  options: AiSdkOptions,
  model: AiSdkModel,
): Pick<TimeOptions, 'publisher' | 'event'> & Partial<Pick<TimeOptions, 'now'>> {
  return {
    publisher: options.publisher,
    ...(options.now !== undefined && { now: options.now }),
    event: {
      // `openai.chat`, `google.vertex.chat`: the provider and the API of it.
      ...stated({ provider: model.provider?.split('.')[0], model_requested: model.modelId }),
      ...stated(ownWord(options.event)),
    },
  };
}

function ownWord(event: AiSdkOptions['event']): PartialEventInput {
  try {
    return (typeof event === 'function' ? event() : event) ?? {};
  } catch {
    // The service's function failed; the call goes on, and its event without that word.
    return {};
  }
}
