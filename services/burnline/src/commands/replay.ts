import path from 'node:path';
import { readSpecFiles, recordPolicies } from '@burnline/judging';
import { createLogger, systemClock, type LogLevel } from '@burnline/runtime';
import type { CommandContext } from './command-context.ts';
import { counted, formatCount, formatInstant } from '../output/format.ts';
import { EXIT } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { runReplay } from '../replay/run-replay.ts';
import { interruptible } from './interruption.ts';
import { webhooksOf } from './receivers.ts';
import { DATA_DIR_OPTION, LOG_LEVEL_OPTION, SPECS_ONE_BY_ONE_OPTION, WEBHOOK_OPTION } from './options.ts';
import { readSource } from './read-source.ts';
import { plansOf } from './specs.ts';
import { printStatus } from '../output/status-table.ts';
import { readStatus } from '@burnline/queries';

interface ReplayOptions {
  readonly mapping?: string;
  readonly anyTime?: boolean;
  readonly specs: readonly string[];
  readonly dataDir: string;
  readonly webhook?: readonly string[];
  readonly logLevel: LogLevel;
}

/** `burnline replay`: recorded history through the whole pipeline, its alerts at their own minutes. */
export function addReplay(context: CommandContext): void {
  context.program
    .command('replay')
    .description('send recorded history through the whole pipeline; the same file again changes nothing')
    .argument('<file>', 'NDJSON events, or CSV with a mapping file')
    .option('--mapping <file>', 'how the columns of a CSV file become fields: docs/replay.md')
    .option('--any-time', 'take records from the future, and single ones far from all others, as they are')
    .addOption(SPECS_ONE_BY_ONE_OPTION().makeOptionMandatory())
    .addOption(DATA_DIR_OPTION())
    .addOption(WEBHOOK_OPTION())
    .addOption(LOG_LEVEL_OPTION())
    .action((file: string, options: ReplayOptions) =>
      context.run((output) => interruptible((signal) => replay(file, options, output, signal))),
    );
}

async function replay(
  file: string,
  options: ReplayOptions,
  output: Output,
  interrupted: AbortSignal,
): Promise<number> {
  const files = await readSpecFiles(options.specs);
  const plans = plansOf(files, output);
  if (plans === null) return EXIT.invalid;
  const receivers = await webhooksOf(options.webhook, process.env);
  const source = await readSource(
    { file, mapping: options.mapping, anyTime: options.anyTime === true },
    output,
    interrupted,
  );
  const pipeline = await output.patiently(
    'starting the database',
    Pipeline.open({
      dataDirectory: options.dataDir,
      plans,
      receivers,
      logger: createLogger({ name: 'burnline', level: options.logLevel }),
      sqlPort: 0,
    }),
  );
  try {
    const total = source.inferenceCount + source.verdictCount;
    const result = await output.withProgress(
      { title: `replaying ${path.basename(file)}`, total, unit: 'records', last: 'judging them' },
      (onProgress) => runReplay(pipeline, source, { onProgress, interrupted }),
    );
    await recordPolicies(pipeline.store, result.stream, { files, nowMs: systemClock.nowMs() });
    const series = await readStatus(pipeline.store, { asOfMs: result.endMs, stream: result.stream });
    output.json({ ...result, series });
    output.prose(
      `${counted(result.publishedCount, 'record')} published, ${formatCount(result.skippedCount)} were there already; ` +
        `history ends at ${formatInstant(result.endMs)} UTC`,
    );
    printStatus(series, output);
    return EXIT.ok;
  } finally {
    await pipeline.close();
  }
}
