import { AppError } from '@burnline/core';
import {
  askOperations,
  CLICKHOUSE_VARIABLES,
  connectStore,
  readEnvironment,
  type Store,
} from '@burnline/runtime';
import { findConnection } from '../pipeline/connection-file.ts';
import { openForWriting } from './data-directory.ts';
import { isSet } from './pipeline-access.ts';

/** What is asked for: of a pipeline that runs by a path of its operations port, of a database by a function. */
interface Change<Answer> {
  readonly path: string;
  readonly request: object;
  readonly write: (store: Store) => Promise<Answer>;
}

/**
 * Changes tables through whoever has the database: the server that CLICKHOUSE_URL names, a pipeline that runs on the data
 * directory, or nobody. Rejects with CLI_PIPELINE_RUNS, or as the change does.
 */
export async function changeDatabase<Answer>(
  dataDirectory: string,
  { path, request, write }: Change<Answer>,
): Promise<Answer> {
  if (isSet('CLICKHOUSE_URL')) {
    const store = connectStore(readEnvironment(CLICKHOUSE_VARIABLES, process.env));
    try {
      return await write(store);
    } finally {
      await store.close();
    }
  }
  const running = await findConnection(dataDirectory);
  if (running?.operations !== undefined) return askOperations(running.operations, path, request);
  if (running !== null)
    throw new AppError('CLI_PIPELINE_RUNS', `A replay runs on ${dataDirectory}`, {
      remedy: 'Wait until it is done.',
    });
  const directory = await openForWriting(dataDirectory);
  try {
    return await write(directory.store);
  } finally {
    await directory.close();
  }
}
