import { LiveWriter, serveCollector, type CollectorAddress } from '@burnline/collector';
import type { SloPlan } from '@burnline/core';
import { readSpecFiles, watchSpecs } from '@burnline/processor';
import { createLogger, systemClock, type LogLevel } from '@burnline/runtime';
import type { CommandContext } from './command-context.ts';
import { counted } from '../output/format.ts';
import { EXIT } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { interruptible } from './interruption.ts';
import {
  DATA_DIR_OPTION,
  INTAKE_HOST_OPTION,
  INTAKE_KEYS_FILE_OPTION,
  INTAKE_NAME_OPTION,
  LOG_LEVEL_OPTION,
  SPECS_OPTION,
  UNREADABLE_SHARE_OPTION,
  WEBHOOK_OPTION,
  parsePort,
} from './options.ts';
import { plansOf } from './specs.ts';

interface UpOptions {
  readonly specs?: readonly string[];
  readonly dataDir: string;
  readonly webhook?: string;
  readonly intakeHost: string;
  readonly intakePort: number;
  readonly intakeKeysFile?: string;
  readonly intakeName?: readonly string[];
  readonly sqlPort: number;
  readonly unreadableShare: number;
  readonly logLevel: LogLevel;
}

/** `burnline up`: the whole pipeline on one machine, until it is told to stop. Specs that change are taken over. */
export function addUp(context: CommandContext): void {
  context.program
    .command('up')
    .description('run the whole pipeline on this machine: intake, processor, sink, burn rates, alerts, SQL')
    .addOption(SPECS_OPTION())
    .addOption(DATA_DIR_OPTION())
    .addOption(WEBHOOK_OPTION())
    .addOption(INTAKE_HOST_OPTION())
    .option('--intake-port <port>', 'port where events are taken', parsePort, 4380)
    .addOption(INTAKE_KEYS_FILE_OPTION())
    .addOption(INTAKE_NAME_OPTION())
    .option('--sql-port <port>', "where ClickHouse's HTTP interface is served, on loopback", parsePort, 8123)
    .addOption(UNREADABLE_SHARE_OPTION())
    .addOption(LOG_LEVEL_OPTION())
    .action((options: UpOptions) =>
      context.run((output) => interruptible((signal) => up(options, output, signal))),
    );
}

async function up(options: UpOptions, output: Output, interrupted: AbortSignal): Promise<number> {
  const readSpecs = (): ReturnType<typeof readSpecFiles> => readSpecFiles(options.specs ?? []);
  // Read once: what is watched for changes must be what the plans were made of.
  const first = await readSpecs();
  const plans = options.specs === undefined ? [] : plansOf(first, output);
  if (plans === null) return EXIT.invalid;
  const logger = createLogger({ name: 'burnline', level: options.logLevel });
  const pipeline = await Pipeline.open({
    dataDirectory: options.dataDir,
    plans,
    receivers: options.webhook === undefined ? [] : [{ name: 'webhook', url: options.webhook }],
    logger,
    sqlPort: options.sqlPort,
    unreadableShareMax: options.unreadableShare,
  });
  try {
    interrupted.throwIfAborted();
    const stream = await pipeline.startStream('live', 'live');
    const topics = {
      inference: stream.topics.inference.name,
      verdicts: stream.topics.verdicts.name,
      reports: stream.topics.reports.name,
      partitionCount: stream.partitionCount,
    };
    const { log, schemas, decoder } = pipeline;
    const writer = new LiveWriter({ log, schemas }, topics);
    const server = await serveCollector(
      { log, clock: systemClock, logger, decoder, writer, topics },
      intakeAddress(options),
    );
    if (options.specs !== undefined) {
      const onPlans = (changed: readonly SloPlan[]): void => {
        pipeline.proposeSlos(changed);
      };
      pipeline.supervision.start('specs', (signal) =>
        watchSpecs(readSpecs, { first, onPlans, logger, clock: systemClock, signal }),
      );
    }
    const facts = {
      intake: server.url,
      sql: pipeline.engine.url,
      dataDir: options.dataDir,
      slos: plans.length,
    };
    output.json({ ready: true, ...facts });
    output.line(`intake  ${facts.intake}/v1/events`);
    output.line(`SQL     ${facts.sql}  (user analyst, database burnline, read-only)`);
    output.line(`data    ${facts.dataDir}, ${counted(plans.length, 'SLO')}; Ctrl+C stops`);
    await untilAborted(interrupted, pipeline.supervision.signal);
    await server.close();
    return EXIT.ok;
  } finally {
    await pipeline.close();
  }
}

function intakeAddress(options: UpOptions): CollectorAddress {
  const { intakeHost: host, intakePort: port, intakeKeysFile: keysFile, intakeName: names } = options;
  return {
    host,
    port,
    ...(keysFile === undefined ? {} : { keysFile }),
    ...(names === undefined ? {} : { names }),
  };
}

/**
 * Resolves when the user stops it, or when the pipeline stops by itself (its error is thrown at closing). Each signal is
 * listened to by itself: one made of both is held weakly, and may be collected while an idle pipeline waits.
 */
function untilAborted(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) {
      if (signal.aborted) resolve();
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    }
  });
}
