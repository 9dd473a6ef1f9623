import { createBatchDecoder, streamTopicNames } from '@burnline/contracts';
import { isAppError } from '@burnline/core';
import { MIGRATIONS_DIRECTORY, pendingMigrations, readMigrations } from '../clickhouse/migrations.ts';
import type { Store } from '../clickhouse/store.ts';
import { connectLog, connectStore } from '../config/connections.ts';
import {
  CLICKHOUSE_VARIABLES,
  KAFKA_VARIABLES,
  READING_VARIABLES,
  REGISTRY_VARIABLES,
} from '../config/service-variables.ts';
import { openStream, type RunningStream, type ServiceHost } from '../delivery/running-stream.ts';
import type { EventLog } from '../event-log/event-log.ts';
import type { Logger } from '../observability/logger.ts';
import { openSchemas } from '../registry/open-schemas.ts';
import { systemClock } from './clock.ts';
import { STORE_RETRY } from './retry-policies.ts';
import { retrying } from './retry.ts';
import type { ServiceContext } from './run-service.ts';

/** What a service of one stream is configured with, beside what every service has. */
export const STREAM_SERVICE_VARIABLES = {
  ...KAFKA_VARIABLES,
  ...CLICKHOUSE_VARIABLES,
  ...READING_VARIABLES,
  ...REGISTRY_VARIABLES,
};

export interface StreamService extends ServiceHost {
  readonly metrics: ServiceContext<typeof STREAM_SERVICE_VARIABLES>['metrics'];
  readonly stream: RunningStream;
}

/** How often a service looks whether topics and tables have been made. */
const LOOK_MS = 1_000;

/**
 * Connects a service of one stream. Waits, not ready, until `burnline migrate` has made topics and tables and registered
 * the schemas: services may be started in any order. What it opened is closed at the service's end.
 */
export async function openStreamService<V extends typeof STREAM_SERVICE_VARIABLES>(
  context: ServiceContext<V>,
): Promise<StreamService> {
  const { config, logger, metrics, supervision, checks, closing } = context as unknown as ServiceContext<
    typeof STREAM_SERVICE_VARIABLES
  >;
  const log = await connectLog(config, { logger, metrics });
  closing.after.push(() => log.close());
  const store = connectStore(config);
  closing.after.push(() => store.close());
  const { inference } = streamTopicNames(config.BURNLINE_STREAM);
  checks.set('log', async () => {
    await log.bounds([inference]);
  });
  checks.set('database', async () => {
    await store.query('SELECT 1');
  });
  const waiting = { logger, signal: supervision.signal };
  const partitionCount = await untilTopic(log, inference, waiting);
  await untilMigrated(store, waiting);
  const schemas = await openSchemas(config, config.BURNLINE_STREAM, waiting);
  const stream = await openStream(
    { log, store, supervision },
    { name: config.BURNLINE_STREAM, kind: 'live', partitionCount },
  );
  return {
    log,
    store,
    schemas,
    decoder: createBatchDecoder(schemas),
    supervision,
    logger,
    metrics,
    unreadableShareMax: config.BURNLINE_UNREADABLE_SHARE,
    stream,
  };
}

interface Waiting {
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** The number of the stream's partitions, once its topic is there. */
export async function untilTopic(log: EventLog, topic: string, { logger, signal }: Waiting): Promise<number> {
  for (let looks = 0; ; looks += 1) {
    try {
      const context = { clock: systemClock, signal };
      return (await retrying(() => log.bounds([topic]), STORE_RETRY, context)).length;
    } catch (error) {
      if (!isAppError(error) || error.code !== 'LOG_TOPIC_UNKNOWN') throw error;
      if (looks === 0) logger.warn({ topic }, 'waiting for the topic: run burnline migrate');
      await systemClock.sleep(LOOK_MS, signal);
      signal.throwIfAborted();
    }
  }
}

async function untilMigrated(store: Store, { logger, signal }: Waiting): Promise<void> {
  const migrations = await readMigrations(MIGRATIONS_DIRECTORY);
  for (let looks = 0; ; looks += 1) {
    const pending = await retrying(() => pendingMigrations(store, migrations), STORE_RETRY, {
      clock: systemClock,
      signal,
    });
    if (pending.length === 0) return;
    if (looks === 0) {
      const missing = pending.map((migration) => migration.name);
      logger.warn({ missing }, 'waiting for the tables: run burnline migrate');
    }
    await systemClock.sleep(LOOK_MS, signal);
    signal.throwIfAborted();
  }
}
