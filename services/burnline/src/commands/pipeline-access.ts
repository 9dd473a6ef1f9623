import {
  CLICKHOUSE_VARIABLES,
  COMPANIONS,
  KAFKA_VARIABLES,
  connectLog,
  connectStore,
  createLogger,
  readEnvironment,
} from '@burnline/runtime';
import { openForWriting, type DataDirectory } from './data-directory.ts';

/**
 * Log and database for a command that changes both: of the distributed pipeline, if the environment names its brokers, else
 * of the data directory.
 */
export async function openPipelineParts(dataDirectory: string): Promise<DataDirectory> {
  if ((process.env['KAFKA_BROKERS'] ?? '') === '') return openForWriting(dataDirectory);
  const config = readEnvironment({ ...KAFKA_VARIABLES, ...CLICKHOUSE_VARIABLES }, process.env, COMPANIONS);
  const log = await connectLog(config, { logger: createLogger({ name: 'burnline', level: 'warn' }) });
  const store = connectStore(config);
  return {
    log,
    store,
    close: async () => {
      await store.close();
      await log.close();
    },
  };
}
