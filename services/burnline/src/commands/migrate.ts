import { isAppError } from '@burnline/core';
import {
  CLICKHOUSE_VARIABLES,
  COMPANIONS,
  KAFKA_VARIABLES,
  REGISTRY_VARIABLES,
  connectLog,
  connectRegistry,
  MIGRATION_TIMEOUT_MS,
  connectStore,
  createLogger,
  readEnvironment,
  systemClock,
  type LogLevel,
} from '@burnline/runtime';
import { applyPlan } from '../migrate/apply-plan.ts';
import { MIGRATE_VARIABLES } from '../migrate/migrate-variables.ts';
import { planMigration } from '../migrate/migration-plan.ts';
import { printReport, reportOf } from '../migrate/migration-report.ts';
import { EXIT } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { helpText } from '../output/prose.ts';
import type { CommandContext } from './command-context.ts';
import { interruptible } from './interruption.ts';
import { LOG_LEVEL_OPTION, parseWait } from './options.ts';

interface MigrateOptions {
  readonly check?: boolean;
  readonly wait: number;
  readonly logLevel: LogLevel;
}

const HELP = `Configured by the environment: KAFKA_*, CLICKHOUSE_*, SCHEMA_REGISTRY_*, BURNLINE_STREAM and BURNLINE_PARTITIONS, see
docs/environment.md. Run it before every deploy; running it again changes nothing.`;

/** `burnline migrate`: makes database, tables, topics, schemas and epochs of a stream, and says what differs. */
export function addMigrate(context: CommandContext): void {
  context.program
    .command('migrate')
    .description(
      'make the tables and topics that services on Kafka and ClickHouse need, and report what differs',
    )
    .option('--check', 'change nothing; exit with 3 if anything is missing or differs')
    .option(
      '--wait <seconds>',
      'keep trying for so long while brokers or database do not answer',
      parseWait,
      0,
    )
    .addOption(LOG_LEVEL_OPTION())
    .addHelpText('after', helpText(HELP))
    .action((options: MigrateOptions) =>
      context.run((output) => interruptible((signal) => runMigrate(options, output, signal))),
    );
}

/** Between two tries: brokers and databases start within some seconds. */
const TRY_PAUSE_MS = 2_000;

/** Tries until the wait is over. Running a migration again, whatever was done of it, changes nothing that is there. */
async function runMigrate(options: MigrateOptions, output: Output, signal: AbortSignal): Promise<number> {
  const deadlineMs = performance.now() + options.wait * 1_000;
  const logger = createLogger({ name: 'migrate', level: options.logLevel });
  for (;;) {
    try {
      return await migrateOnce(options, output, signal);
    } catch (error) {
      const mayPass = isAppError(error) && error.outcome === 'retry';
      if (!mayPass || performance.now() >= deadlineMs || signal.aborted) throw error;
      logger.warn({ code: error.code, reason: error.message }, 'not there yet; trying again');
      await systemClock.sleep(TRY_PAUSE_MS, signal);
    }
  }
}

async function migrateOnce(options: MigrateOptions, output: Output, signal: AbortSignal): Promise<number> {
  const config = readEnvironment(
    { ...KAFKA_VARIABLES, ...CLICKHOUSE_VARIABLES, ...REGISTRY_VARIABLES, ...MIGRATE_VARIABLES },
    process.env,
    COMPANIONS,
  );
  const isCheck = options.check === true;
  const logger = createLogger({ name: 'migrate', level: options.logLevel });
  const registry = connectRegistry(config);
  const store = connectStore(config, undefined, { requestTimeoutMs: MIGRATION_TIMEOUT_MS });
  const log = await connectLog(config, { logger });
  try {
    const parts = { config, log, store, registry, signal };
    const plan = await planMigration(parts);
    if (!isCheck) await applyPlan(parts, plan, options.logLevel);
    const report = reportOf(plan, config);
    printReport(report, output, isCheck);
    return isCheck && (report.isAnythingToDo || report.drift.length > 0) ? EXIT.no : EXIT.ok;
  } finally {
    await log.close();
    await store.close();
  }
}
