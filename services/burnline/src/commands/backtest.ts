import { readFile } from 'node:fs/promises';
import { AppError } from '@burnline/core';
import { parseIncidents, type Incident } from '../backtest/incidents.ts';
import { openHistory } from '../backtest/open-history.ts';
import { runBacktest } from '../backtest/run-backtest.ts';
import { printBacktest } from '../output/backtest-text.ts';
import { EXIT } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { helpText } from '../output/prose.ts';
import type { CommandContext } from './command-context.ts';
import { interruptible } from './interruption.ts';
import { DATA_DIR_OPTION, SPECS_OPTION, parseInstant } from './options.ts';
import { loadPlans } from './specs.ts';

interface BacktestOptions {
  readonly specs: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly dataDir: string;
  readonly stream?: string;
  readonly incidents?: string;
}

/** `burnline backtest`: which alerts specs would have fired over a history. */
export function addBacktest(context: CommandContext): void {
  context.program
    .command('backtest')
    .description(
      'judge raw rows by SLO specs: which alerts would have fired, how soon, and what is left of the budget',
    )
    .addOption(SPECS_OPTION().makeOptionMandatory())
    .requiredOption(
      '--from <time>',
      'begin of what is judged, ISO 8601, UTC if it names no zone',
      parseInstant,
    )
    .requiredOption('--to <time>', 'its end', parseInstant)
    .addOption(DATA_DIR_OPTION())
    .option(
      '--stream <name>',
      'whose raw rows: live, or the name of a replay (default: live, or the only one)',
    )
    .option(
      '--incidents <file>',
      'YAML list of { name, from, to, slo? }: how soon each would have been told of',
    )
    .addHelpText('after', helpText(BACKTEST_HELP))
    .action((options: BacktestOptions) =>
      context.run((output) => interruptible((signal) => backtest(options, output, signal))),
    );
}

const BACKTEST_HELP = `Raw rows are counted by the SQL form of the specs and judged minute by minute, as a replay of them is: by the same
code, with every event at the minute in which it was logged. Nothing is written where they are kept; a database in the folder of
temporary files holds what is counted, and goes with the command. Rows are kept for 35 days: docs/backtest.md.`;

async function backtest(options: BacktestOptions, output: Output, signal: AbortSignal): Promise<number> {
  const { from: fromMs, to: toMs } = options;
  if (fromMs >= toMs)
    throw new AppError('BACKTEST_SPAN_INVALID', '--from is not before --to', { remedy: 'Swap them.' });
  const plans = await loadPlans(options.specs, output);
  if (plans === null) return EXIT.invalid;
  const incidents = await incidentsOf(
    options.incidents,
    plans.map(({ slo }) => slo),
  );
  const history = await openHistory({ ...options, toMs }, output);
  try {
    const question = { plans, fromMs, toMs, incidents };
    const result = await runBacktest(history, question, { output, signal, nowMs: Date.now() });
    const { decisions, ...answer } = result;
    output.json({ ...answer, decisions });
    printBacktest(result, plans, output);
    return EXIT.ok;
  } finally {
    await history.close();
  }
}

async function incidentsOf(
  file: string | undefined,
  slos: readonly string[],
): Promise<readonly Incident[] | null> {
  if (file === undefined) return null;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new AppError('CLI_FILE_UNREADABLE', `${file} cannot be read: ${String(error)}`, {
      remedy: 'Name a file with a list of incidents.',
      cause: error,
    });
  }
  return parseIncidents(text, { file, slos });
}
