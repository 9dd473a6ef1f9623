import { tracingChannel } from 'node:diagnostics_channel';
import { startOf } from './ai-sdk-call.ts';
import type { AiSdkOptions } from './ai-sdk-call.ts';
import { AiSdkOperations } from './ai-sdk-operations.ts';
import { aiSdk } from './answers/ai-sdk.ts';
import { asRecord, countOf, statedText, textOf } from './answers/structure.ts';
import { observe } from './observing/observation.ts';
import type { Observation } from './observing/observation.ts';
import { observeReadable } from './observing/observe-readable.ts';

/** The name that the SDK publishes its life cycle under, from version 7 on. */
const CHANNEL = 'ai:telemetry';
/** What an operation consists of; every other type is an operation of its own. */
const PARTS: ReadonlySet<string> = new Set(['languageModelCall', 'step', 'executeTool']);

/**
 * Emits one event of every call that the Vercel AI SDK makes to a model, wherever in the process it is made; nothing in
 * the calls has to change. Returns what ends that.
 *
 * Attempts are told apart: `request_id` is the operation's id and the step, `attempt` counts within it, and only the last
 * one `is_final`. Operations with `recordInputs: false` or `recordOutputs: false` hide their answers from the channel and
 * are left out; the middleware sees them.
 */
export function subscribeAiSdk(options: AiSdkOptions): () => void {
  const operations = new AiSdkOperations((input) => {
    options.publisher.emit(input);
  });
  // Keyed by the message: the SDK publishes the same object at a call's beginning and end.
  const calls = new WeakMap<object, Observation>();

  const subscriber = {
    ...IGNORED,
    start: quietly((type, message, event) => {
      const callId = textOf(event['callId']);
      if (type === 'languageModelCall' && !isHidden(event))
        calls.set(message, beginCall(options, operations, event));
      if (type === 'step') operations.beginStep(callId, countOf(event['stepNumber']) ?? 0);
    }),
    asyncEnd: quietly((type, message, event) => {
      const observation = calls.get(message);
      if (observation !== undefined) endCall(observation, message);
      calls.delete(message);
      if (!PARTS.has(type)) operations.end(textOf(event['callId']));
    }),
  };
  const channel = tracingChannel<object>(CHANNEL);
  channel.subscribe(subscriber);
  return () => {
    channel.unsubscribe(subscriber);
    operations.endAll();
  };
}

function isHidden(call: Record<string, unknown>): boolean {
  return call['recordInputs'] === false || call['recordOutputs'] === false;
}

function beginCall(
  options: AiSdkOptions,
  operations: AiSdkOperations,
  call: Record<string, unknown>,
): Observation {
  const callId = textOf(call['callId']);
  const { step, attempt } = operations.beginAttempt(callId);
  const start = startOf(options, {
    provider: statedText(call['provider']),
    modelId: statedText(call['modelId']),
  });
  const publisher: AiSdkOptions['publisher'] = {
    emit: (input) => {
      // What was answered, or has begun to stream, is not tried again.
      const isAnswered = input.status === 'ok' || input.status === 'content_filtered';
      if (isAnswered || input.streaming === true) options.publisher.emit(input);
      else operations.fail(callId, input);
    },
  };
  const event = { request_id: `${callId}:${step}`, step, ...start.event, attempt };
  return observe({ ...start, event, publisher, adapter: aiSdk });
}

function endCall(observation: Observation, message: Record<string, unknown>): void {
  const error = message['error'];
  const stream = asRecord(message['result'])?.['stream'];
  if (error !== undefined) observation.failed(error);
  else if (stream instanceof ReadableStream) observeReadable(stream, observation);
  else observation.answered(message['result']);
}

const ignore = (): void => undefined;
const IGNORED = { end: ignore, asyncStart: ignore, error: ignore };

type Heard = (type: string, message: Record<string, unknown>, event: Record<string, unknown>) => void;

/** What the channel publishes is not ours: nothing that cannot be read reaches the SDK as an error. */
function quietly(heard: Heard): (message: object) => void {
  return (message) => {
    try {
      const fields = asRecord(message);
      const event = asRecord(fields?.['event']);
      if (fields !== null && event !== null) heard(textOf(fields['type']), fields, event);
    } catch {
      // One call without an event; the SDK and its caller go on.
    }
  };
}
