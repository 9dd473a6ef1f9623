import { COMPARISON_DEFAULTS, COMPARISON_VERDICTS, type ComparisonVerdict } from '@burnline/core';
import { ARM_DIMENSIONS, type ArmDimension, type BudgetSpec } from '@burnline/queries';
import { readKnownArms, readTwoArms, specsAsked } from '@burnline/reading';
import type { Store } from '@burnline/runtime';
import { InvalidArgumentError, Option } from 'commander';
import { printComparisons, printSuites } from '../output/compare-text.ts';
import { EXIT } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { helpText } from '../output/prose.ts';
import { askedRange, askedStream, type RangeOptions } from './asked-range.ts';
import type { CommandContext } from './command-context.ts';
import { checkKnown } from './known-names.ts';
import { DATA_DIR_OPTION, parseInstant } from './options.ts';
import { withReadingStore } from './pipeline-access.ts';

interface CompareOptions extends RangeOptions {
  readonly dataDir: string;
  readonly by: ArmDimension;
  readonly slo?: string;
  readonly service?: string;
  readonly alpha: number;
  readonly margin: number;
  readonly minEvents: number;
  readonly suitesFrom?: number;
  readonly failOn?: readonly ComparisonVerdict[];
}

/** `burnline compare`: every SLI of two arms side by side, at any moment and as often as anybody likes. */
export function addCompare(context: CommandContext): void {
  context.program
    .command('compare')
    .description('compare two arms (variants, models, prompts) by every SLI, while their events come in')
    .argument('<baseline>', 'the arm that is held against, by its value')
    .argument('<candidate>', 'the arm in question')
    .addOption(
      new Option('--by <field>', 'what tells the arms apart').choices(ARM_DIMENSIONS).makeOptionMandatory(),
    )
    .addOption(DATA_DIR_OPTION())
    .option('--slo <name>', 'one SLO, or all objectives of one')
    .option('--service <name>', 'the SLOs of one service')
    .option('--stream <name>', 'live, or the name of a replay')
    .option('--from <time>', 'start of event time; by default a day before the end', parseInstant)
    .option('--to <time>', 'its end, not included; by default the last evaluation', parseInstant)
    .option(
      '--alpha <chance>',
      'chance of a wrong verdict of all SLIs together',
      parseAlpha,
      COMPARISON_DEFAULTS.alpha,
    )
    .option(
      '--margin <share>',
      'a difference of bad shares up to this is none',
      parseMargin,
      COMPARISON_DEFAULTS.margin,
    )
    .option(
      '--min-events <count>',
      'fewer events of an arm show nothing',
      parseCount,
      COMPARISON_DEFAULTS.eventCountMin,
    )
    .option(
      '--suites-from <time>',
      'from when on offline suites count; by default as long as rows live, 35 days before the end',
      parseInstant,
    )
    .addOption(
      new Option('--fail-on <verdicts...>', 'exit with 3 if any SLI has one of these').choices(
        COMPARISON_VERDICTS,
      ),
    )
    .addHelpText('after', helpText(COMPARE_HELP))
    .action((baseline: string, candidate: string, options: CompareOptions) =>
      context.run((output) =>
        withReadingStore(options.dataDir, output, (store) =>
          compare(store, { baseline, candidate, ...options }, output),
        ),
      ),
    );
}

const COMPARE_HELP = `Bounds are confidence sequences (beta-binomial mixtures): they hold at every moment at once, so look as often as you
like and stop when you please. Evaluators with offline suites have what these say beside their verdicts on traffic. Raw rows live for 35 days. docs/governing.md says what each verdict takes.`;

async function compare(
  store: Store,
  options: CompareOptions & { readonly baseline: string; readonly candidate: string },
  output: Output,
): Promise<number> {
  const stream = await askedStream(store, options.stream);
  const range = await askedRange(store, stream, options);
  const { by, baseline, candidate, alpha, margin, slo, service } = options;
  const known = await readKnownArms(store, { stream, by, baseline, candidate, ...range });
  const specs = checkedSpecs(known.specs, options);
  for (const name of [baseline, candidate])
    checkKnown({ code: 'CLI_ARM_UNKNOWN', what: `${by} of that time`, name }, known.arms);
  const rule = { alpha, margin, eventCountMin: options.minEvents };
  const query = { stream, by, baseline, candidate, rule, ...range };
  const { evaluators, ...found } = await readTwoArms(
    store,
    { ...query, slo, service, suitesFromMs: options.suitesFrom },
    specs,
  );
  const { fromMs, toMs } = range;
  output.json({
    ...{ stream, by, baseline, candidate, rule },
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    ...found,
    evaluators,
  });
  printComparisons(found, query, output);
  printSuites(evaluators, rule, output);
  const failing = options.failOn ?? [];
  return found.slos.some(({ verdict }) => failing.includes(verdict)) ? EXIT.no : EXIT.ok;
}

/** @throws AppError CLI_SLO_UNKNOWN, CLI_SERVICE_UNKNOWN */
function checkedSpecs(
  all: readonly BudgetSpec[],
  { slo, service }: Pick<CompareOptions, 'slo' | 'service'>,
): readonly BudgetSpec[] {
  if (slo !== undefined && specsAsked(all, { slo }).length === 0)
    checkKnown(
      { code: 'CLI_SLO_UNKNOWN', what: 'SLO', name: slo },
      all.map((one) => one.slo),
    );
  const services = [...new Set(all.map((one) => one.service))].sort();
  if (service !== undefined)
    checkKnown({ code: 'CLI_SERVICE_UNKNOWN', what: 'service', name: service }, services);
  return specsAsked(all, { slo, service });
}

const parseAlpha = (text: string): number => parseNumber(text, { min: 1e-9, max: 0.5 });
const parseMargin = (text: string): number => parseNumber(text, { min: 0, max: 1 });
const parseCount = (text: string): number => parseNumber(text, { min: 1, max: 1e9 });

function parseNumber(text: string, { min, max }: { readonly min: number; readonly max: number }): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max))
    throw new InvalidArgumentError(`Expected a number from ${min} to ${max}.`);
  return value;
}
