import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '@burnline/core';
import {
  CLICKHOUSE_VARIABLES,
  connectStore,
  openStore,
  readEnvironment,
  type Store,
} from '@burnline/runtime';
import { InvalidArgumentError, Option } from 'commander';
import { DrillTables } from '../drill/drill-tables.ts';
import { readPartsFile, type DrillPart } from '../drill/parts-file.ts';
import { checkIntake, runDrill } from '../drill/run-drill.ts';
import {
  eventCount,
  lengthMs,
  SCENARIOS,
  SCENARIOS_DEFAULT,
  type Scenario,
  type Timeline,
} from '../drill/scenarios.ts';
import { printDrill } from '../output/drill-text.ts';
import { EXIT } from '../output/exit-codes.ts';
import { helpText } from '../output/prose.ts';
import { counted } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { DATABASE } from '../pipeline/database.ts';
import { findConnection } from '../pipeline/connection-file.ts';
import { ANALYST_USER } from '../pipeline/engine-supervisor.ts';
import { readAnalystPassword } from '../pipeline/sql-access.ts';
import type { CommandContext } from './command-context.ts';
import { interruptible } from './interruption.ts';
import { DATA_DIR_OPTION } from './options.ts';

interface DrillCommandOptions {
  readonly intake: string;
  readonly intakeKeyFile?: string;
  readonly dataDir: string;
  readonly stream: string;
  readonly scenario?: readonly Scenario[];
  readonly rate: number;
  readonly phase: number;
  readonly provider: string;
  readonly seed: number;
  readonly parts?: string;
  readonly deadline: number;
  readonly resolve: number;
  readonly yes?: boolean;
}

/** `burnline drill`: a game day against a running pipeline. */
export function addDrill(context: CommandContext): void {
  context.program
    .command('drill')
    .description(
      'a game day: simulate faults of a provider and of agents, stop parts, and compare with an own count',
    )
    .option('--intake <url>', "the collector's intake", parseHttpUrl, 'http://127.0.0.1:4380')
    .option('--intake-key-file <file>', 'file that holds the key which the intake asks for')
    .addOption(DATA_DIR_OPTION())
    .addOption(
      new Option('--stream <name>', 'the stream that the intake feeds')
        .default('live')
        .env('BURNLINE_STREAM'),
    )
    .addOption(
      new Option(
        '--scenario <names...>',
        `what to simulate, in this order; by default ${SCENARIOS_DEFAULT.join(', ')}`,
      ).choices(SCENARIOS),
    )
    .option('--rate <number>', 'synthetic events per second', above(0), 20)
    .option('--phase <seconds>', 'length of each phase: healthy, faulty, healthy', above(0), 60)
    .option('--provider <label>', 'provider of the synthetic events', 'drill-provider')
    .option('--seed <number>', 'the same seed makes the same events', wholeNumber, 1)
    .option('--parts <file>', 'parts to stop and resume, YAML: name, stop, resume, atS, forS')
    .option('--deadline <seconds>', 'how long rows and alerts may take after the last event', above(0), 120)
    .option(
      '--resolve <seconds>',
      'how long to wait for alerts to be resolved; 0 does not wait',
      above(-1),
      180,
    )
    .option('--yes', 'go on although the stream has had production traffic within the last hour')
    .addHelpText(
      'after',
      helpText(`With CLICKHOUSE_URL set it reads that database (docs/environment.md), else that of the pipeline that runs on the data
directory. Load examples/drill/slos.yaml first. Exit codes: 0 all is well; 3 something was lost, doubled or never detected,
or a part could not be stopped or resumed. docs/operations.md has a section on game days.`),
    )
    .action((options: DrillCommandOptions) =>
      context.run((output) => interruptible((signal) => drill(options, output, signal))),
    );
}

async function drill(options: DrillCommandOptions, output: Output, signal: AbortSignal): Promise<number> {
  const { stream, intake: intakeUrl, provider, seed } = options;
  const timeline: Timeline = {
    scenarios: [...new Set(options.scenario ?? SCENARIOS_DEFAULT)],
    phaseMs: options.phase * 1_000,
    eventsPerSecond: options.rate,
  };
  eventCount(timeline);
  const parts = options.parts === undefined ? [] : await readPartsFile(options.parts);
  const intakeKey = await readKey(options.intakeKeyFile);
  const store = await openDrillStore(options.dataDir);
  try {
    await checkIntake(intakeUrl);
    const drillId = `${new Date().toISOString().slice(0, 19)}Z-${randomBytes(3).toString('hex')}`;
    announce({ drillId, intakeUrl, stream, provider, timeline, parts }, output);
    await confirm(new DrillTables(store, stream), stream, options.yes === true);
    const report = await runDrill({
      identity: { drillId, provider, seed },
      timeline,
      intakeUrl,
      ...(intakeKey === undefined ? {} : { intakeKey }),
      store,
      stream,
      parts,
      deadlineMs: options.deadline * 1_000,
      resolveMs: options.resolve * 1_000,
      say: (text) => {
        output.note(text);
      },
      signal,
    });
    output.json(report);
    printDrill(report, output);
    return report.faults.length === 0 ? EXIT.ok : EXIT.no;
  } finally {
    await store.close();
  }
}

async function readKey(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new AppError('CLI_FILE_UNREADABLE', `${file} cannot be read: ${String(cause)}`, {
      remedy: 'Name a file that holds the key alone.',
      cause,
    });
  }
}

async function openDrillStore(dataDirectory: string): Promise<Store> {
  if ((process.env['CLICKHOUSE_URL'] ?? '') !== '')
    return connectStore(readEnvironment(CLICKHOUSE_VARIABLES, process.env));
  const running = await findConnection(dataDirectory);
  if (running !== null) {
    const password = readAnalystPassword(process.env);
    return openStore({ url: running.url, user: ANALYST_USER, password, database: DATABASE });
  }
  throw new AppError('DRILL_NO_PIPELINE', `No pipeline runs on ${dataDirectory}`, {
    remedy: 'Set CLICKHOUSE_URL, or name the --data-dir of a running `burnline up`.',
  });
}

function announce(
  drillFacts: {
    readonly drillId: string;
    readonly intakeUrl: string;
    readonly stream: string;
    readonly provider: string;
    readonly timeline: Timeline;
    readonly parts: readonly DrillPart[];
  },
  output: Output,
): void {
  const { drillId, intakeUrl, stream, provider, timeline, parts } = drillFacts;
  output.note(
    `drill ${drillId}: ${counted(eventCount(timeline), 'synthetic event')} of provider ${provider} to ${intakeUrl} ` +
      `(stream ${stream}) in ${lengthMs(timeline) / 1_000} s: ${timeline.scenarios.join(', ')}`,
  );
  for (const { name, stop, resume, atS, forS } of parts)
    output.note(`  ${name}: at ${atS} s "${stop}", ${forS} s later "${resume}"`);
}

/** Throws DRILL_NOT_CONFIRMED where real traffic flows and nobody said that it may be disturbed. */
async function confirm(tables: DrillTables, stream: string, isConfirmed: boolean): Promise<void> {
  if (isConfirmed) return;
  const found = await tables.productionTraffic();
  if (found.length === 0) return;
  const list = found
    .map(({ environment, events }) => `${environment === '' ? '(none)' : environment}: ${events}`)
    .join(', ');
  throw new AppError(
    'DRILL_NOT_CONFIRMED',
    `Stream ${stream} has had other traffic within the last hour (events by environment: ${list}); nothing was done`,
    {
      remedy:
        'Drill on a staging pipeline. With --yes it is done here: its alerts page whoever is on call, and stopped parts delay real ones.',
      details: { environments: found },
    },
  );
}

function parseHttpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('Expected an http or https URL.');
}

function above(limit: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value > limit) return value;
    throw new InvalidArgumentError(`Expected a number above ${limit}.`);
  };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('Expected a whole number.');
}
