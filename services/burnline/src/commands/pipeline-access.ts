import { readFile } from 'node:fs/promises';
import {
  CLICKHOUSE_VARIABLES,
  COMPANIONS,
  KAFKA_VARIABLES,
  connectLog,
  connectStore,
  createLogger,
  openStore,
  readEnvironment,
  stopAll,
  type Store,
} from '@burnline/runtime';
import { openForWriting, type DataDirectory } from './data-directory.ts';
import type { Output } from '../output/output.ts';
import { openForReading } from './database-access.ts';

/**
 * Log and database for a command that changes both: of the distributed pipeline, if the environment names its brokers, else
 * of the data directory.
 */
export async function openPipelineParts(dataDirectory: string): Promise<DataDirectory> {
  if (!isSet('KAFKA_BROKERS')) return openForWriting(dataDirectory);
  const config = readEnvironment({ ...KAFKA_VARIABLES, ...CLICKHOUSE_VARIABLES }, process.env, COMPANIONS);
  const log = await connectLog(config, { logger: createLogger({ name: 'burnline', level: 'warn' }) });
  const store = connectStore(config);
  return {
    log,
    store,
    close: () =>
      stopAll(
        () => store.close(),
        () => log.close(),
      ),
  };
}

/**
 * The database for a command that only reads: the one that CLICKHOUSE_URL names, else that of the data directory, as its
 * analyst.
 */
export async function openReadingStore(
  dataDirectory: string,
  output: Pick<Output, 'patiently'>,
): Promise<{ readonly store: Store; close(): Promise<void> }> {
  if (isSet('CLICKHOUSE_URL')) {
    const store = connectStore(readEnvironment(CLICKHOUSE_VARIABLES, process.env));
    return { store, close: () => store.close() };
  }
  const database = await output.patiently(`opening ${dataDirectory}`, openForReading(dataDirectory));
  const store = openStore(database);
  return {
    store,
    close: () =>
      stopAll(
        () => store.close(),
        () => database.close(),
      ),
  };
}

/** Does work with that database, which is closed afterwards. Rejects as opening or the work does. */
export async function withReadingStore<Found>(
  dataDirectory: string,
  output: Pick<Output, 'patiently'>,
  work: (store: Store) => Promise<Found>,
): Promise<Found> {
  const database = await openReadingStore(dataDirectory, output);
  try {
    return await work(database.store);
  } finally {
    await database.close();
  }
}

/** A database that answers statements over HTTP. */
export interface ReadingServer {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Certificates to trust beside those of the system, PEM. */
  readonly ca?: string;
  /** Our own engine, whose analyst may do nothing but read. */
  readonly isOwn: boolean;
  close(): Promise<void>;
}

/** The same choice of database as `openReadingStore`, for statements as they come. */
export async function openReadingServer(
  dataDirectory: string,
  output: Pick<Output, 'patiently'>,
): Promise<ReadingServer> {
  if (!isSet('CLICKHOUSE_URL')) {
    const database = await output.patiently(`opening ${dataDirectory}`, openForReading(dataDirectory));
    return { ...database, isOwn: true, close: () => database.close() };
  }
  const config = readEnvironment(CLICKHOUSE_VARIABLES, process.env);
  const caFile = config.CLICKHOUSE_TLS_CA_FILE;
  return {
    url: config.CLICKHOUSE_URL,
    user: config.CLICKHOUSE_USER,
    password: config.CLICKHOUSE_PASSWORD,
    database: config.CLICKHOUSE_DATABASE,
    ...(caFile === undefined ? {} : { ca: await readFile(caFile, 'utf8') }),
    isOwn: false,
    close: () => Promise.resolve(),
  };
}

/** Whether a variable of the environment says something. */
export function isSet(name: string): boolean {
  return (process.env[name] ?? '') !== '';
}
