import { readBudgetSpecs, readChangesBefore, readKnowledge, type BudgetSpec } from '@burnline/queries';
import { AppError } from '@burnline/core';
import { explainBad, type ExplainedBad } from '@burnline/reading';
import type { Store } from '@burnline/runtime';
import { printExplanation } from '../output/explain-text.ts';
import { EXIT } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { helpText } from '../output/prose.ts';
import { askedRange, askedStream, type RangeOptions } from './asked-range.ts';
import type { CommandContext } from './command-context.ts';
import { checkKnown } from './known-names.ts';
import { addLabel } from './label-option.ts';
import { DATA_DIR_OPTION, parseInstant } from './options.ts';
import { withReadingStore } from './pipeline-access.ts';

interface ExplainOptions extends RangeOptions {
  readonly dataDir: string;
  readonly series?: Readonly<Record<string, string>>;
}

/** `burnline explain`: where the bad events of an SLO come from, and what changed before. */
export function addExplain(context: CommandContext): void {
  context.program
    .command('explain')
    .description('show where the bad events of an SLO came from, and what was new before')
    .argument('<slo>', 'the SLO; of several objectives one, NAME/OBJECTIVE')
    .addOption(DATA_DIR_OPTION())
    .option('--series <name=value>', 'only events with this group value; give it again for more', addLabel)
    .option('--stream <name>', 'live, or the name of a replay')
    .option('--from <time>', 'start of event time; by default a day before the end', parseInstant)
    .option('--to <time>', 'its end, not included; by default the last evaluation', parseInstant)
    .addHelpText('after', helpText(EXPLAIN_HELP))
    .action((slo: string, options: ExplainOptions) =>
      context.run((output) =>
        withReadingStore(options.dataDir, output, (store) => explain(store, { slo, ...options }, output)),
      ),
    );
}

/** For each statement: as long as an analyst's may take. */
const TIMEOUT_MS = 60_000;

const EXPLAIN_HELP = `Excess: bad events beyond those that a value would have had, had it gone with it as with the events it is held
against: others that are like it in every other dimension (mix-standardised), or all others (association). Only a variant is assigned
at random, and only one that is shown to be worse is called a cause. Of a composite each part is explained by its own events, by how much burn they add. Raw rows live for 35 days.`;

async function explain(
  store: Store,
  options: ExplainOptions & { readonly slo: string },
  output: Output,
): Promise<number> {
  const stream = await askedStream(store, options.stream);
  const range = await askedRange(store, stream, options);
  const { givenMs } = await readKnowledge(store, stream, range.toMs);
  const spec = namedSpec(await readBudgetSpecs(store, { stream, asOfMs: null, givenMs }), options.slo);
  const labels = options.series ?? {};
  const { slo, service, sli } = spec;
  const found = await explainBad(store, { stream, plan: sli, labels, ...range, timeoutMs: TIMEOUT_MS });
  const changes = await readChangesBefore(store, { stream, plan: sli, service, ...range });
  output.json({
    ...{ stream, slo, series: labels },
    from: new Date(range.fromMs).toISOString(),
    to: new Date(range.toMs).toISOString(),
    ...answerOf(found),
    changes: changes.map(({ firstMs, ...change }) => ({ ...change, first: new Date(firstMs).toISOString() })),
  });
  printExplanation({ slo, labels, range, found, changes }, output);
  return EXIT.ok;
}

/** What programs get: of single events the figures themselves, of a composite its parts. */
function answerOf(found: ExplainedBad): object {
  if (found.kind === 'events') return found.found;
  return found.kind === 'parts' ? { parts: found.parts, values: found.values } : { entities: found.entities };
}

/** @throws AppError CLI_SLO_UNKNOWN, CLI_SELECTION_INVALID */
function namedSpec(specs: readonly BudgetSpec[], name: string): BudgetSpec {
  const own = specs.find(({ slo }) => slo === name);
  if (own === undefined)
    checkKnown(
      { code: 'CLI_SLO_UNKNOWN', what: 'SLO', name },
      specs.map(({ slo }) => slo),
    );
  if (own !== undefined && own.sli.derivation?.kind !== 'envelope') return own;
  throw new AppError('CLI_SELECTION_INVALID', `${name} counts no single events that are good or bad`, {
    remedy: 'What an envelope is exceeded by, its alerts name.',
  });
}
