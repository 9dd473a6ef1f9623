import {
  BATCH_FRAMES_PATH,
  decodeBatchFrames,
  parseEvalVerdict,
  parseInferenceEvent,
  setSchemaId,
  textOfUtf8,
  uuidToBytes,
  type BatchDecoder,
} from '@burnline/contracts';
import { AppError, isAppError, type ErrorOutcome } from '@burnline/core';
import type { Clock, EventLog, Logger, ServiceMetrics } from '@burnline/runtime';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { parseJsonRecords } from './json-records.ts';
import type { LiveTopics, LiveWriter } from './live-writer.ts';

export interface CollectorParts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Reads what publishers frame, by the ids of the checked-in table. */
  readonly decoder: BatchDecoder;
  /** The log's id of a schema of that table, where it is another one: with a schema registry. */
  readonly logSchemaIdOf?: (id: number) => number;
  readonly writer: LiveWriter;
  /** Topics that a publisher may write to. */
  readonly topics: LiveTopics & { readonly reports: string };
  readonly metrics?: Pick<ServiceMetrics, 'accepted' | 'refused'>;
}

/** Some ten thousand events. Larger bodies are refused before they are read whole. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;
/** What a client should wait for when the log cannot be written. */
const RETRY_AFTER_S = '2';

/**
 * HTTP intake. A request is acknowledged once everything in it is durable in the log, and refused as a whole if anything
 * in it is wrong: there is no half-accepted request to reason about.
 */
export function createCollectorApp(parts: CollectorParts): Hono {
  const app = new Hono();
  const limit = bodyLimit({
    maxSize: BODY_BYTES_MAX,
    onError: (context) =>
      context.json(refusal('COLLECTOR_BODY_TOO_LARGE', 'The body is over 8 MiB', 'Send less at once.'), 413),
  });
  app.use('/v1/*', limit);
  app.post('/v1/events', (context) =>
    accept(parts, context, async () => {
      const events = parseJsonRecords(textOfUtf8(new Uint8Array(await context.req.arrayBuffer())), (json) =>
        parseInferenceEvent(json, intakeOptions(parts)),
      );
      await parts.writer.write('inference', events);
      parts.metrics?.accepted(parts.topics.inference, events.length);
      return events.length;
    }),
  );
  app.post('/v1/verdicts', (context) =>
    accept(parts, context, async () => {
      const verdicts = parseJsonRecords(textOfUtf8(new Uint8Array(await context.req.arrayBuffer())), (json) =>
        parseEvalVerdict(json, intakeOptions(parts)),
      );
      await parts.writer.write('verdict', verdicts);
      parts.metrics?.accepted(parts.topics.verdicts, verdicts.length);
      return verdicts.length;
    }),
  );
  app.post(BATCH_FRAMES_PATH, (context) =>
    accept(parts, context, async () => appendFrames(parts, new Uint8Array(await context.req.arrayBuffer()))),
  );
  app.get('/live', (context) => context.text('ok'));
  app.get('/ready', async (context) => {
    await parts.log.bounds([parts.topics.inference]);
    return context.text('ok');
  });
  app.notFound((context) =>
    context.json(
      refusal('COLLECTOR_NOT_FOUND', `Nothing at ${context.req.path}`, 'POST to /v1/events or /v1/verdicts.'),
      404,
    ),
  );
  app.onError((error, context) => {
    // Nothing of a request that ended half way was taken, and nobody hears the answer.
    const isGone = 'code' in error && error.code === 'ECONNRESET';
    if (isGone)
      parts.logger.debug({ error: String(error) }, 'a client went away before its request was whole');
    else parts.logger.error({ error: String(error) }, 'intake failed');
    return context.json(refusal('COLLECTOR_FAILED', 'The request failed', 'Send it again.'), 500);
  });
  return app;
}

function intakeOptions(parts: CollectorParts): { newEventId: () => Uint8Array; now: () => number } {
  return { newEventId: () => uuidToBytes(crypto.randomUUID()), now: () => parts.clock.nowMs() * 1_000 };
}

const STATUS_BY_OUTCOME: Readonly<Record<ErrorOutcome, ContentfulStatusCode>> = {
  'dead-letter': 400,
  retry: 503,
  halt: 503,
};

async function accept(
  parts: CollectorParts,
  context: Context,
  work: () => Promise<number>,
): Promise<Response> {
  try {
    return context.json({ accepted: await work() });
  } catch (error) {
    if (!isAppError(error)) throw error;
    const status = STATUS_BY_OUTCOME[error.outcome];
    parts.metrics?.refused(error.code);
    if (status === 503) context.header('retry-after', RETRY_AFTER_S);
    return context.json(refusal(error.code, error.message, error.remedy, error.details), status);
  }
}

/**
 * A publisher's messages go to the log as they are, save the number of their schema, once every record of every one was
 * found to hold to the rules.
 */
async function appendFrames(parts: CollectorParts, body: Uint8Array): Promise<number> {
  const frames = decodeBatchFrames(body);
  const { inference, verdicts, reports, partitionCount } = parts.topics;
  const counts = new Map<string, number>();
  for (const frame of frames) {
    const isKnown = [inference, verdicts, reports].includes(frame.topic) && frame.partition < partitionCount;
    if (!isKnown) {
      throw new AppError('COLLECTOR_TOPIC_UNKNOWN', `${frame.topic}/${frame.partition} is not taken here`, {
        outcome: 'dead-letter',
        remedy: `Publish to stream live with ${partitionCount} partitions.`,
      });
    }
    const { count, schemaId } = parts.decoder.checkBatch(frame.value);
    counts.set(frame.topic, (counts.get(frame.topic) ?? 0) + count);
    if (parts.logSchemaIdOf !== undefined) setSchemaId(frame.value, parts.logSchemaIdOf(schemaId));
  }
  await parts.log.append(
    frames.map((frame) => ({
      topic: frame.topic,
      partition: frame.partition,
      messages: [{ value: frame.value }],
    })),
  );
  for (const [topic, count] of counts) parts.metrics?.accepted(topic, count);
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function refusal(
  code: string,
  message: string,
  remedy: string | undefined,
  details: Readonly<Record<string, unknown>> = {},
): {
  error: {
    code: string;
    message: string;
    remedy: string | undefined;
    details: Readonly<Record<string, unknown>>;
  };
} {
  return { error: { code, message, remedy, details } };
}
