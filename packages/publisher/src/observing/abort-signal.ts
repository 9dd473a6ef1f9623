import { asRecord } from '../answers/structure.ts';

/** The signal of the controller that the OpenAI and Anthropic SDKs give their streams, for callers to end them by. */
export function abortSignalOf(stream: object): unknown {
  return asRecord(asRecord(stream)?.['controller'])?.['signal'];
}
