import { InvalidArgumentError } from 'commander';
import { readSpecFiles } from '@burnline/judging';
import { openHistory } from '../backtest/open-history.ts';
import { EXIT } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { helpText } from '../output/prose.ts';
import { printSuggestions } from '../output/suggest-text.ts';
import { runSuggest } from '../suggest/run-suggest.ts';
import type { CommandContext } from './command-context.ts';
import { interruptible } from './interruption.ts';
import { DATA_DIR_OPTION, SPECS_OPTION } from './options.ts';
import { plansOf } from './specs.ts';

interface SuggestOptions {
  readonly specs: readonly string[];
  readonly days: number;
  readonly dataDir: string;
  readonly stream?: string;
}

const DAYS_DEFAULT = 90;
const DAYS_MAX = 400;

/** `burnline suggest`: targets that past windows met. */
export function addSuggest(context: CommandContext): void {
  context.program
    .command('suggest')
    .description('propose targets that past windows met, each with the alerts that it would have fired')
    .addOption(SPECS_OPTION().makeOptionMandatory())
    .option('--days <count>', 'so many days back, as far as raw rows are kept', parseDays, DAYS_DEFAULT)
    .addOption(DATA_DIR_OPTION())
    .option(
      '--stream <name>',
      'whose raw rows: live, or the name of a replay (default: live, or the only one)',
    )
    .addHelpText('after', helpText(SUGGEST_HELP))
    .action((options: SuggestOptions) =>
      context.run((output) => interruptible((signal) => suggest(options, output, signal))),
    );
}

const SUGGEST_HELP = `Each SLI is measured over every window of its budget's period that the history holds, ending at UTC midnights. What is
proposed are targets people write (0.9, 0.95, 0.98, 0.99, ...): the highest that all windows met, and the highest that nine of
ten met. Where the history is too short or has too few events, it says so and proposes nothing: docs/backtest.md.`;

function parseDays(text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > DAYS_MAX)
    throw new InvalidArgumentError(`Expected whole days from 1 to ${DAYS_MAX}.`);
  return days;
}

async function suggest(options: SuggestOptions, output: Output, signal: AbortSignal): Promise<number> {
  const files = await readSpecFiles(options.specs);
  const plans = plansOf(files, output);
  if (plans === null) return EXIT.invalid;
  const nowMs = Date.now();
  const history = await openHistory({ ...options, toMs: nowMs }, output);
  try {
    const found = await runSuggest(history, { files, plans, days: options.days }, { output, signal, nowMs });
    output.json(found);
    printSuggestions(found, output);
    return EXIT.ok;
  } finally {
    await history.close();
  }
}
