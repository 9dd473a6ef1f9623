import {
  MIGRATIONS_DIRECTORY,
  Supervision,
  applyRegistryPlan,
  connectStore,
  createLogger,
  migrate,
  openStream,
  readMigrations,
  type LogLevel,
} from '@burnline/runtime';
import { patiently, type MigrateParts, type MigrationPlan } from './migration-plan.ts';

/**
 * Does what the plan says: database, tables, topics, schemas, epochs. Each step may be done again and by several at once; a
 * run that was cut short is finished by the next one.
 */
export async function applyPlan(parts: MigrateParts, plan: MigrationPlan, logLevel: LogLevel): Promise<void> {
  const { config, log, store, registry } = parts;
  if (plan.isDatabaseMissing) await patiently(parts, () => makeDatabase(parts));
  if (plan.pending.length > 0) {
    const migrations = await readMigrations(MIGRATIONS_DIRECTORY);
    await patiently(parts, () => migrate(store, migrations));
  }
  if (plan.topics.ensure.length > 0) await patiently(parts, () => log.ensureTopics(plan.topics.ensure));
  const { schemas } = plan;
  if (schemas !== null && registry !== null)
    await patiently(parts, () => applyRegistryPlan(registry, schemas));
  if (plan.epochsMissing.length === 0) return;
  const supervision = new Supervision(
    createLogger({ name: `migrate ${config.BURNLINE_STREAM}`, level: logLevel }),
  );
  await openStream({ log, store, supervision }, plan.stream);
}

async function makeDatabase({ config }: MigrateParts): Promise<void> {
  const server = connectStore(config, 'default');
  try {
    await server.command('CREATE DATABASE IF NOT EXISTS {name:Identifier}', {
      name: config.CLICKHOUSE_DATABASE,
    });
  } finally {
    await server.close();
  }
}
