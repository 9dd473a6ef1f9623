import { randomBytes } from 'node:crypto';
import {
  LiveWriter,
  Prices,
  readMappings,
  serveCollector,
  tlsOf,
  type CollectorAddress,
  type CollectorParts,
  type CollectorServer,
} from '@burnline/collector';
import {
  createLogger,
  createMetrics,
  stopAll,
  systemClock,
  type LogLevel,
  type MetricsEndpoint,
  type OperationsServer,
  type RunningStream,
} from '@burnline/runtime';
import { Option } from 'commander';
import type { CommandContext } from './command-context.ts';
import { counted } from '../output/format.ts';
import { EXIT } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { readAnalysts } from '../pipeline/analysts-file.ts';
import { recordConnection } from '../pipeline/connection-file.ts';
import { startConsole } from '../pipeline/console.ts';
import { startOperations } from '../pipeline/operations.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { checkSqlAccess, readAnalystPassword } from '../pipeline/sql-access.ts';
import { interruptible } from './interruption.ts';
import { receiversOf } from './receivers.ts';
import {
  ANALYSTS_FILE_OPTION,
  CONSOLE_HOST_OPTION,
  CONSOLE_KEYS_FILE_OPTION,
  CONSOLE_WRITE_KEYS_FILE_OPTION,
  CONSOLE_NAME_OPTION,
  CONSOLE_PORT_OPTION,
  DATA_DIR_OPTION,
  HEARTBEAT_INTERVAL_OPTION,
  HEARTBEAT_OPTION,
  INTAKE_HOST_OPTION,
  INTAKE_KEYS_FILE_OPTION,
  INTAKE_NAME_OPTION,
  INTAKE_TLS_CERT_OPTION,
  INTAKE_TLS_KEY_OPTION,
  LOG_LEVEL_OPTION,
  MAPPINGS_OPTION,
  PRICES_FILE_OPTION,
  PRICES_OPTION,
  SPECS_OPTION,
  TEXT_SIGNALS_OPTION,
  THREADS_OPTION,
  UNREADABLE_SHARE_OPTION,
  WEBHOOK_OPTION,
  parsePort,
  priceSettings,
  type PriceBookName,
} from './options.ts';
import {
  SAMPLE_ONE_IN_OPTION,
  SAMPLE_SLOW_OPTION,
  SAMPLE_SLOW_TTFT_OPTION,
  samplingRules,
  type SamplingOptions,
} from './sampling-options.ts';
import { giveSlos, readGiven, watchGiven, type SpecOptions } from './up-specs.ts';

const HOST = '127.0.0.1';

interface UpOptions extends SpecOptions, SamplingOptions {
  readonly dataDir: string;
  readonly webhook?: readonly string[];
  readonly intakeHost: string;
  readonly intakePort: number;
  readonly otlpGrpcPort?: number;
  readonly intakeKeysFile?: string;
  readonly intakeName?: readonly string[];
  readonly intakeTlsCertFile?: string;
  readonly intakeTlsKeyFile?: string;
  /** False: --no-console. */
  readonly console: boolean;
  readonly consoleHost: string;
  readonly consolePort?: number;
  readonly consoleKeysFile?: string;
  readonly consoleWriteKeysFile?: string;
  readonly consoleName?: readonly string[];
  readonly prices: PriceBookName;
  readonly pricesFile?: string;
  readonly textSignals: 'off' | 'on';
  readonly mappings?: string;
  readonly sqlPort: number;
  readonly operationsPort?: number;
  readonly heartbeat?: string;
  readonly heartbeatInterval: number;
  readonly sqlHost: string;
  readonly sqlAllowedHost?: readonly string[];
  readonly analystsFile?: string;
  readonly unreadableShare: number;
  readonly threads?: number;
  readonly logLevel: LogLevel;
}

/** `burnline up`: the whole pipeline on one machine, until it is told to stop. Specs that change are taken over. */
export function addUp(context: CommandContext): void {
  context.program
    .command('up')
    .description('run the whole pipeline on this machine: intake, processor, sink, burn rates, alerts, SQL')
    .addOption(SPECS_OPTION())
    .option('--remove-slos', 'end the SLOs of the data directory: those that fire are told as removed')
    .addOption(DATA_DIR_OPTION())
    .addOption(WEBHOOK_OPTION())
    .addOption(INTAKE_HOST_OPTION())
    .option('--intake-port <port>', 'port where events are taken', parsePort, 4380)
    .option(
      '--otlp-grpc-port <port>',
      'port where OpenTelemetry is taken over gRPC (default: 4317, or any free one if that is taken)',
      parsePort,
    )
    .addOption(INTAKE_KEYS_FILE_OPTION())
    .addOption(INTAKE_NAME_OPTION())
    .addOption(INTAKE_TLS_CERT_OPTION())
    .addOption(INTAKE_TLS_KEY_OPTION())
    .option('--no-console', 'serve no pages and no API')
    .addOption(CONSOLE_HOST_OPTION())
    .addOption(CONSOLE_PORT_OPTION())
    .addOption(CONSOLE_KEYS_FILE_OPTION())
    .addOption(CONSOLE_WRITE_KEYS_FILE_OPTION())
    .addOption(CONSOLE_NAME_OPTION())
    .addOption(PRICES_OPTION())
    .addOption(PRICES_FILE_OPTION())
    .addOption(TEXT_SIGNALS_OPTION())
    .addOption(SAMPLE_ONE_IN_OPTION())
    .addOption(SAMPLE_SLOW_OPTION())
    .addOption(SAMPLE_SLOW_TTFT_OPTION())
    .addOption(MAPPINGS_OPTION())
    .option('--sql-port <port>', "where ClickHouse's HTTP interface is served", parsePort, 8123)
    .addOption(
      new Option(
        '--sql-host <host>',
        'the address it listens on; beyond loopback BURNLINE_ANALYST_PASSWORD or _FILE is required',
      )
        .default(HOST)
        .env('BURNLINE_SQL_HOST'),
    )
    .option(
      '--sql-allowed-host <name...>',
      'names by which clients reach it, beside addresses and localhost: others are taken for a web page',
    )
    .addOption(ANALYSTS_FILE_OPTION())
    .option(
      '--operations-port <port>',
      'where /live, /ready and /metrics are served, on loopback (default: 9464, or any free one if that is taken)',
      parsePort,
    )
    .addOption(HEARTBEAT_OPTION())
    .addOption(HEARTBEAT_INTERVAL_OPTION())
    .addOption(UNREADABLE_SHARE_OPTION())
    .addOption(THREADS_OPTION())
    .addOption(LOG_LEVEL_OPTION())
    .action((options: UpOptions) =>
      context.run((output) => interruptible((signal) => up(options, output, signal))),
    );
}

async function up(options: UpOptions, output: Output, interrupted: AbortSignal): Promise<number> {
  const receivers = await receiversOf(options.webhook, process.env);
  const given = await readGiven(options, output);
  if (given === null) return EXIT.invalid;
  const analystPassword = readAnalystPassword(process.env);
  checkSqlAccess(options.sqlHost, analystPassword);
  const analysts = options.analystsFile === undefined ? [] : await readAnalysts(options.analystsFile);
  const logger = createLogger({ name: 'burnline', level: options.logLevel });
  const metrics = createMetrics('burnline');
  const mappings = options.mappings === undefined ? undefined : await readMappings(options.mappings);
  const prices = await Prices.open(priceSettings(options), { logger, metrics });
  const pipeline = await output.patiently(
    'starting the database',
    Pipeline.open({
      dataDirectory: options.dataDir,
      plans: [],
      receivers,
      logger,
      sqlPort: options.sqlPort,
      sqlAccess: {
        ...{ host: options.sqlHost, allowedHosts: options.sqlAllowedHost ?? [] },
        ...{ analystPassword, analysts },
      },
      unreadableShareMax: options.unreadableShare,
      ...(options.threads === undefined ? {} : { threadCount: options.threads }),
    }),
  );
  const closing: (() => Promise<void>)[] = [];
  /** A server that listens would keep the process, whatever failed after it. */
  const closedAtEnd = <Server extends { close(): Promise<void> }>(server: Server): Server => {
    closing.push(() => server.close());
    return server;
  };
  try {
    interrupted.throwIfAborted();
    const plans = await giveSlos(pipeline, given);
    const stream = await pipeline.startStream('live', 'live');
    // First: where it may not listen, no event was taken yet.
    const pages = options.console ? closedAtEnd(await startConsole(pipeline, consoleAddress(options))) : null;
    const server = closedAtEnd(await serveIntake(pipeline, stream, { options, prices, mappings, metrics }));
    if (given !== 'kept') watchGiven(pipeline, given, logger);
    const operations = closedAtEnd(await serveUp(pipeline, options, metrics));
    sayReady(output, {
      console: pages?.url ?? null,
      intake: server.url,
      sql: pipeline.engine.url,
      operations: operations.url,
      otlpGrpc: server.otlpGrpcUrl,
      dataDir: options.dataDir,
      slos: plans.length,
      areKept: given === 'kept' && plans.length > 0,
    });
    await untilAborted(interrupted, pipeline.supervision.signal);
    return EXIT.ok;
  } finally {
    prices?.close();
    await stopAll(...closing, () => pipeline.close());
  }
}

function serveIntake(
  { log, schemas, decoder, logger }: Pipeline,
  { topics, partitionCount }: RunningStream,
  given: {
    readonly options: UpOptions;
    readonly prices: Prices | null;
    readonly mappings: CollectorParts['mappings'];
    readonly metrics: MetricsEndpoint;
  },
): Promise<CollectorServer> {
  const { options, prices, mappings, metrics } = given;
  const names = {
    inference: topics.inference.name,
    verdicts: topics.verdicts.name,
    reports: topics.reports.name,
    references: topics.references.name,
    partitionCount,
  };
  const writer = new LiveWriter({ schemas, prices, sampling: samplingRules(options) }, names);
  const parts = {
    log,
    clock: systemClock,
    logger,
    decoder,
    writer,
    topics: names,
    readsTexts: options.textSignals === 'on',
    metrics,
    ...(mappings && { mappings }),
  };
  return serveCollector(parts, intakeAddress(options));
}

/** The operations port and the way to it for other commands: whoever may read the data directory may ask for changes. */
async function serveUp(
  pipeline: Pipeline,
  options: UpOptions,
  metrics: MetricsEndpoint,
): Promise<OperationsServer> {
  const token = randomBytes(24).toString('base64url');
  const { heartbeat: url, heartbeatInterval } = options;
  const heartbeat = url === undefined ? {} : { heartbeat: { url, intervalMs: heartbeatInterval * 1_000 } };
  const operations = await startOperations(pipeline, {
    host: HOST,
    port: options.operationsPort ?? 'usual',
    token,
    metrics,
    ...heartbeat,
  });
  await recordConnection(options.dataDir, {
    url: pipeline.engine.url,
    pid: process.pid,
    operations: { url: operations.url, token },
  });
  return operations;
}

/** What runs, and where it is reached. */
function sayReady(
  output: Output,
  {
    areKept,
    ...facts
  }: {
    readonly console: string | null;
    readonly intake: string;
    readonly sql: string;
    readonly operations: string;
    readonly otlpGrpc: string | null;
    readonly dataDir: string;
    readonly slos: number;
    /** The SLOs are those that the data directory was given before. */
    readonly areKept: boolean;
  },
): void {
  output.json({ ready: true, ...facts });
  if (facts.console !== null) output.line(`console ${facts.console}`);
  output.line(`intake  ${facts.intake}/v1/events`);
  output.line(`OTLP    ${facts.intake} over HTTP, ${facts.otlpGrpc ?? 'nowhere'} over gRPC`);
  output.line(`SQL     ${facts.sql}  (user analyst, database burnline, read-only)`);
  output.line(`ready   ${facts.operations}/ready  (and /live, /metrics)`);
  const whose = areKept ? ' that it was given before' : '';
  output.line(`data    ${facts.dataDir}, ${counted(facts.slos, 'SLO')}${whose}; Ctrl+C stops`);
}

function consoleAddress(options: UpOptions): Parameters<typeof startConsole>[1] {
  const { consoleHost: host, consolePort: port, consoleKeysFile: keysFile, consoleName: names } = options;
  const { consoleWriteKeysFile: writeKeysFile } = options;
  return {
    host,
    port: port ?? 'usual',
    ...(keysFile === undefined ? {} : { keysFile }),
    ...(writeKeysFile === undefined ? {} : { writeKeysFile }),
    ...(names === undefined ? {} : { names }),
  };
}

function intakeAddress(options: UpOptions): CollectorAddress {
  const { intakeHost: host, intakePort: port, intakeKeysFile: keysFile, intakeName: names } = options;
  return {
    host,
    port,
    otlpGrpcPort: options.otlpGrpcPort ?? 'usual',
    ...tlsOf(options.intakeTlsCertFile, options.intakeTlsKeyFile),
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
