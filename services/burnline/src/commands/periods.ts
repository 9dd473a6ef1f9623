import { readClosedPeriods, type ClosedPeriod, type PeriodCounts } from '@burnline/queries';
import { EXIT } from '../output/exit-codes.ts';
import { formatCount, formatInstant, formatLabels, formatPercent } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import type { Cell } from '../output/table.ts';
import type { CommandContext } from './command-context.ts';
import { DATA_DIR_OPTION } from './options.ts';
import { openReadingStore } from './pipeline-access.ts';

interface PeriodsOptions {
  readonly dataDir: string;
  readonly slo?: string;
  readonly stream?: string;
}

/** `burnline periods`: budgets of calendar periods as they were reported, and what changed them afterwards. */
export function addPeriods(context: CommandContext): void {
  context.program
    .command('periods')
    .description('show closed calendar periods as they were reported, and what changed their budgets since')
    .addOption(DATA_DIR_OPTION())
    .option('--slo <name>', 'one SLO only; of an SLO with several objectives all of them')
    .option('--stream <name>', 'one stream only')
    .action((options: PeriodsOptions) => context.run((output) => listPeriods(options, output)));
}

async function listPeriods({ dataDir, slo, stream }: PeriodsOptions, output: Output): Promise<number> {
  const database = await openReadingStore(dataDir, output);
  try {
    const periods = await readClosedPeriods(database.store, { stream: stream ?? null, slo: slo ?? null });
    output.json({ periods });
    if (periods.length === 0) output.line('No calendar period is closed yet.');
    else
      output.table(
        ['from', 'to', 'SLO', 'series', 'good / total', 'budget left', 'state', 'found', 'why'],
        periods.flatMap(rowsOf),
        { optional: ['good / total', 'to'] },
      );
    return EXIT.ok;
  } finally {
    await database.close();
  }
}

/** What was reported, and beneath it each change with the figures after it. */
function rowsOf(period: ClosedPeriod): readonly (readonly Cell[])[] {
  const { fromMs, toMs, slo, labels, state, closedAtMs, restatements } = period;
  const place = [formatInstant(fromMs), formatInstant(toMs), slo, formatLabels(labels)];
  const counts = (one: PeriodCounts): readonly string[] => [
    `${formatCount(one.good)} / ${formatCount(one.total)}`,
    formatPercent(one.remainingRatio, 1),
  ];
  return [
    [...place, ...counts(period), state, formatInstant(closedAtMs), 'reported'],
    ...restatements.map(({ foundAtMs, after, causes }) => [
      ...place,
      ...[...counts(after), 'restated', formatInstant(foundAtMs), causes.join(', ')],
    ]),
  ];
}
