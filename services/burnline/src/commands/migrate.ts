import {
  CLICKHOUSE_VARIABLES,
  COMPANIONS,
  KAFKA_VARIABLES,
  REGISTRY_VARIABLES,
  connectLog,
  connectRegistry,
  connectStore,
  createLogger,
  readEnvironment,
  type LogLevel,
} from '@burnline/runtime';
import { applyPlan } from '../migrate/apply-plan.ts';
import { MIGRATE_VARIABLES } from '../migrate/migrate-variables.ts';
import { planMigration } from '../migrate/migration-plan.ts';
import { printReport, reportOf } from '../migrate/migration-report.ts';
import { EXIT } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import type { CommandContext } from './command-context.ts';
import { interruptible } from './interruption.ts';
import { LOG_LEVEL_OPTION } from './options.ts';

interface MigrateOptions {
  readonly check?: boolean;
  readonly logLevel: LogLevel;
}

const HELP = `
Configured by the environment: KAFKA_*, CLICKHOUSE_*, SCHEMA_REGISTRY_*, BURNLINE_STREAM and BURNLINE_PARTITIONS, see
docs/environment.md. Run it before every deploy; running it again changes nothing.`;

/** `burnline migrate`: makes database, tables, topics, schemas and epochs of a stream, and says what differs. */
export function addMigrate(context: CommandContext): void {
  context.program
    .command('migrate')
    .description(
      'make the tables and topics that services on Kafka and ClickHouse need, and report what differs',
    )
    .option('--check', 'change nothing; exit with 3 if anything is missing or differs')
    .addOption(LOG_LEVEL_OPTION())
    .addHelpText('after', HELP)
    .action((options: MigrateOptions) =>
      context.run((output) => interruptible((signal) => runMigrate(options, output, signal))),
    );
}

async function runMigrate(options: MigrateOptions, output: Output, signal: AbortSignal): Promise<number> {
  const config = readEnvironment(
    { ...KAFKA_VARIABLES, ...CLICKHOUSE_VARIABLES, ...REGISTRY_VARIABLES, ...MIGRATE_VARIABLES },
    process.env,
    COMPANIONS,
  );
  const isCheck = options.check === true;
  const logger = createLogger({ name: 'migrate', level: options.logLevel });
  const registry = connectRegistry(config);
  const store = connectStore(config);
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
