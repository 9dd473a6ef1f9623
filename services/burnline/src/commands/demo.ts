import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { webhookReceiver } from '@burnline/alerter';
import type { SloPlan } from '@burnline/core';
import { readSpecFiles, recordSpecs } from '@burnline/judging';
import { createLogger, systemClock, type LogLevel } from '@burnline/runtime';
import { readExamples, type Example } from '../demo/expected-figures.ts';
import { checkFigures, type FigureCheck } from '../demo/figure-checks.ts';
import { runLivePart } from '../demo/live-part.ts';
import { printPage, worthReading } from '../demo/page.ts';
import { WebhookReceiver } from '../demo/webhook-receiver.ts';
import type { CommandContext } from './command-context.ts';
import { counted, formatCount } from '../output/format.ts';
import { EXIT } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { startConsole } from '../pipeline/console.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { runReplay } from '../replay/run-replay.ts';
import { interruptible } from './interruption.ts';
import { CONSOLE_PORT_OPTION, LOG_LEVEL_OPTION } from './options.ts';
import { readSource } from './read-source.ts';
import { loadPlans } from './specs.ts';
import { printStatus } from '../output/status-table.ts';
import { readStatus, readStreams } from '@burnline/queries';

/** The table is a look, not the answer: all series are in `--json` and in `burnline status`. */
const SERIES_PER_SLO_MAX = 3;

const EXAMPLES = fileURLToPath(new URL('../../../../examples/', import.meta.url));

interface DemoOptions {
  readonly dataDir?: string;
  readonly keep?: true;
  readonly consolePort?: number;
  readonly examples: string;
  readonly logLevel: LogLevel;
}

/** `burnline demo`: real measurements through the whole pipeline, then every figure against an independent one. */
export function addDemo(context: CommandContext): void {
  context.program
    .command('demo')
    .description('replay real LLM measurements through the whole pipeline and check every figure')
    .option('--data-dir <folder>', 'keep the data here for a look around; by default it is removed')
    .option('--keep', 'then leave the console open on it until Ctrl+C')
    .addOption(CONSOLE_PORT_OPTION())
    .option('--examples <folder>', 'folder of examples, each with expected.json', EXAMPLES)
    .addOption(LOG_LEVEL_OPTION())
    .action((options: DemoOptions) =>
      context.run((output) => interruptible((signal) => demo(options, output, signal))),
    );
}

async function demo(options: DemoOptions, output: Output, interrupted: AbortSignal): Promise<number> {
  const examples = await readExamples(options.examples);
  const plans = await loadPlans(
    examples.map((example) => path.join(example.directory, 'slos.yaml')),
    output,
  );
  if (plans === null) return EXIT.invalid;
  const temporary =
    options.dataDir === undefined ? await mkdtemp(path.join(tmpdir(), 'burnline-demo-')) : null;
  const receiver = new WebhookReceiver();
  try {
    const pipeline = await output.patiently(
      'starting the database',
      Pipeline.open({
        dataDirectory: options.dataDir ?? temporary ?? '',
        plans,
        receivers: [webhookReceiver('demo', { url: await receiver.listen() })],
        logger: createLogger({ name: 'burnline', level: options.logLevel }),
        sqlPort: 0,
      }),
    );
    try {
      const parts = { pipeline, examples, plans, receiver, interrupted };
      const exitCode = await runDemo(parts, output);
      if (options.keep === true) await keepOpen(parts, options, output);
      return exitCode;
    } finally {
      await pipeline.close();
    }
  } finally {
    await receiver.close();
    if (temporary !== null) await rm(temporary, { recursive: true, force: true });
  }
}

type ExampleCheck = FigureCheck & { readonly example: string };

interface DemoParts {
  readonly pipeline: Pipeline;
  readonly examples: readonly Example[];
  readonly plans: readonly SloPlan[];
  readonly receiver: WebhookReceiver;
  readonly interrupted: AbortSignal;
}

async function runDemo(parts: DemoParts, output: Output): Promise<number> {
  const { pipeline, examples, plans, receiver, interrupted } = parts;
  const checks: ExampleCheck[] = [];
  for (const example of examples) {
    const streams = await replayExample(parts, example, output);
    const found = await checkFigures(pipeline.store, { expected: example.expected, streams }, plans);
    interrupted.throwIfAborted();
    checks.push(...found.map((check) => ({ ...check, example: example.name })));
  }
  checks.push(...(await emitLive(parts, output)));
  const series = await readStatus(pipeline.store, { asOfMs: Date.now(), stream: null });
  const pages = [...receiver.received.values()].filter((page) => page.decision === 'fire');
  const differing = checks.filter((check) => !check.holds);
  output.json({ series, pages, checkedCount: checks.length, differing });
  output.line();
  printStatus(series, output, { seriesPerSloMax: SERIES_PER_SLO_MAX });
  const page = worthReading(pages);
  if (page !== undefined) printPage(page, { receivedCount: pages.length }, output);
  output.line();
  printChecks(checks, output);
  printNext(output);
  return differing.length === 0 && pages.length > 0 ? EXIT.ok : EXIT.no;
}

/** The console on the demo's data, until somebody stops it: that is its end, and no interruption. */
async function keepOpen(
  { pipeline, examples, interrupted }: DemoParts,
  { consolePort: port = 'usual' }: { readonly consolePort?: number | 'usual' },
  output: Output,
): Promise<void> {
  const files = await readSpecFiles(examples.map(({ directory }) => path.join(directory, 'slos.yaml')));
  for (const stream of await readStreams(pipeline.store))
    await recordSpecs(pipeline.store, stream, { files, nowMs: systemClock.nowMs() });
  const pages = await startConsole(pipeline, { host: '127.0.0.1', port });
  try {
    output.json({ console: pages.url });
    output.line();
    output.line(`console ${pages.url}  (Ctrl+C stops)`);
    if (!interrupted.aborted) await once(interrupted, 'abort');
  } finally {
    await pages.close();
  }
}

async function replayExample(
  { pipeline, interrupted }: DemoParts,
  example: Example,
  output: Output,
): Promise<readonly string[]> {
  const streams: string[] = [];
  for (const replay of example.expected.replays) {
    const file = path.join(example.directory, replay.file);
    const mapping = path.join(example.directory, replay.mapping);
    const source = await readSource({ file, mapping }, output, interrupted);
    const startedAtMs = performance.now();
    const total = source.inferenceCount + source.verdictCount;
    const { stream } = await output.withProgress(
      { title: `replaying ${example.name}/${replay.file}`, total, unit: 'records', last: 'judging them' },
      (onProgress) => runReplay(pipeline, source, { onProgress, interrupted }),
    );
    streams.push(stream);
    const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
    output.line(`${example.name}/${replay.file}: ${counted(total, 'record')} in ${seconds} s`);
    for (const note of source.label?.synthetic ?? []) output.prose(`  synthetic: ${note}`, 'dim');
  }
  return streams;
}

/** The first example's events once more, as a service that runs now would emit them. */
async function emitLive(
  { pipeline, examples, interrupted }: DemoParts,
  output: Output,
): Promise<readonly ExampleCheck[]> {
  const [example] = examples;
  const [replay] = example?.expected.replays ?? [];
  if (example === undefined || replay === undefined) return [];
  const [file, mapping] = [replay.file, replay.mapping].map((name) => path.join(example.directory, name));
  const source = await readSource({ file: file ?? '', mapping }, output, interrupted);
  const live = await runLivePart(pipeline, source, interrupted);
  output.prose(
    `live: ${formatCount(live.emittedCount)} events emitted through the publisher, counted and queryable ` +
      `${Math.round(live.visibleMs)} ms after the last emit()`,
  );
  output.prose(`  synthetic: recorded events of ${example.name} with new ids and the present as time`, 'dim');
  const { emittedCount: expected } = live;
  return [
    { name: 'acknowledged', actual: live.acknowledgedCount },
    { name: 'kept as raw rows', actual: live.keptCount },
    { name: 'counted in panes', actual: live.countedCount },
  ].map((one) => ({ ...one, expected, tolerance: 0, holds: one.actual === expected, example: 'live' }));
}

/** What to do with a pipeline that works. */
function printNext(output: Output): void {
  output.line();
  output.line('Try next:');
  const steps = [
    ['burnline demo --keep', 'the same, and the console stays open on it'],
    ['burnline demo --data-dir demo-data', 'the same, and the data stays: then'],
    ['burnline status --data-dir demo-data', 'every series; add --as-of TIME for any minute of the history'],
    ['burnline query --data-dir demo-data "SELECT * FROM inferences LIMIT 5"', 'the events themselves'],
    ['burnline validate examples/quickstart/slos.yaml', 'what an SLO means, in words'],
    [
      'burnline up --specs examples/quickstart/slos.yaml',
      'your own events, at http://127.0.0.1:4380/v1/events',
    ],
  ] as const;
  for (const [command, what] of steps) output.line(`  ${command}\n      ${what}`);
}

function printChecks(checks: readonly ExampleCheck[], output: Output): void {
  const differing = checks.filter((check) => !check.holds);
  for (const example of new Set(checks.map((check) => check.example))) {
    const own = checks.filter((check) => check.example === example);
    const exact = own.filter((check) => check.tolerance === 0).length;
    const wrong = own.filter((check) => !check.holds).length;
    const verdict = wrong === 0 ? output.tone('good', 'all agree') : output.tone('bad', `${wrong} differ`);
    const estimated =
      own.length === exact ? '' : `, ${own.length - exact} within the histogram's stated error`;
    output.prose(
      `${example}: ${own.length} figures beside independent ones, ${exact} exactly${estimated}: ${verdict}`,
    );
  }
  if (differing.length === 0) return;
  output.table(
    ['example', 'figure', 'expected', 'found'],
    differing.map((one) => [one.example, one.name, String(one.expected), String(one.actual)]),
  );
}
