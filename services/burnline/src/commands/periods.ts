import { AppError } from '@burnline/core';
import {
  readBudgetSpecs,
  readClosedPeriods,
  readEvaluatedThrough,
  readStreams,
  type BudgetSpec,
  type ClosedPeriod,
  type PeriodCounts,
} from '@burnline/queries';
import { InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../output/exit-codes.ts';
import { formatCount, formatInstant, formatLabels, formatPercent } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { helpText } from '../output/prose.ts';
import type { Cell } from '../output/table.ts';
import { readRestatedDays, type RestatedDay, type RollingSpec } from '../periods/restated-days.ts';
import type { CommandContext } from './command-context.ts';
import { checkKnown, checkStream } from './known-names.ts';
import { DATA_DIR_OPTION } from './options.ts';
import { openReadingStore } from './pipeline-access.ts';

interface PeriodsOptions {
  readonly dataDir: string;
  readonly slo?: string;
  readonly stream?: string;
  readonly rolling?: string;
  readonly days: number;
}

const DAYS_DEFAULT = 28;
/** Each takes a statement over its window. */
const DAYS_MAX = 366;

/** `burnline periods`: budgets of the past as they were reported, and what changed them afterwards. */
export function addPeriods(context: CommandContext): void {
  context.program
    .command('periods')
    .description('show budgets of the past as they were reported, and what changed them since')
    .addOption(DATA_DIR_OPTION())
    .option('--slo <name>', 'one SLO only; of an SLO with several objectives all of them')
    .option('--stream <name>', 'one stream only')
    .addOption(
      new Option(
        '--rolling <name>',
        'past days of an SLO with a rolling window, instead of calendar periods',
      ).conflicts('slo'),
    )
    .option('--days <count>', 'so many of them', parseDays, DAYS_DEFAULT)
    .addHelpText('after', helpText(PERIODS_HELP))
    .action((options: PeriodsOptions) =>
      context.run((output) =>
        options.rolling === undefined
          ? listPeriods(options, output)
          : listDays({ ...options, rolling: options.rolling }, output),
      ),
    );
}

const PERIODS_HELP = `A calendar period is closed an hour after its end, and what changes it later stands beneath it. A rolling window never closes: with
--rolling, what was said of it when a day (UTC) ended stands beside what the same window counts now, and why the two differ.`;

function parseDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= DAYS_MAX) return days;
  throw new InvalidArgumentError(`It has to be a whole number from 1 to ${DAYS_MAX}.`);
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

async function listDays(
  { dataDir, stream, rolling, days: dayCount }: PeriodsOptions & { readonly rolling: string },
  output: Output,
): Promise<number> {
  const database = await openReadingStore(dataDir, output);
  const { store } = database;
  try {
    const streams = await readStreams(store);
    if (stream !== undefined) checkStream(stream, streams);
    const wanted = stream === undefined ? streams : [stream];
    const found = await Promise.all(
      wanted.map(async (name) =>
        (await readBudgetSpecs(store, { stream: name, asOfMs: null })).map((spec) => ({ name, spec })),
      ),
    );
    const specs = rollingOf(found.flat(), rolling);
    const days: RestatedDay[] = [];
    for (const { name, spec } of specs) {
      const throughMs = await readEvaluatedThrough(store, { stream: name, asOfMs: null });
      if (throughMs !== null)
        days.push(...(await readRestatedDays(store, { stream: name, spec, throughMs, dayCount })));
    }
    output.json({ days });
    printDays(days, output);
    return EXIT.ok;
  } finally {
    await database.close();
  }
}

interface StreamSpec<Spec> {
  readonly name: string;
  readonly spec: Spec;
}

/** @throws AppError CLI_SLO_UNKNOWN, CLI_PERIOD_INVALID where its period is a calendar's */
function rollingOf(
  specs: readonly StreamSpec<BudgetSpec>[],
  slo: string,
): readonly StreamSpec<RollingSpec>[] {
  const own = specs.filter(({ spec }) => spec.slo === slo || spec.slo.startsWith(`${slo}/`));
  if (own.length === 0)
    checkKnown({ code: 'CLI_SLO_UNKNOWN', what: 'SLO', name: slo }, [
      ...new Set(specs.map(({ spec }) => spec.slo)),
    ]);
  const rolling = own.filter((one): one is StreamSpec<RollingSpec> => one.spec.period?.kind === 'rolling');
  if (rolling.length > 0) return rolling;
  throw new AppError('CLI_PERIOD_INVALID', `${slo} has no rolling window`, {
    remedy: `Ask for its calendar periods: burnline periods --slo ${slo}`,
  });
}

function printDays(days: readonly RestatedDay[], output: Output): void {
  if (days.length === 0) {
    output.prose('No day has ended yet on which it counted anything.');
    return;
  }
  const counts = (one: PeriodCounts): string => `${formatCount(one.good)} / ${formatCount(one.total)}`;
  const left = (one: PeriodCounts): string => formatPercent(one.remainingRatio, 1);
  const signed = (count: number): string => (count > 0 ? `+${formatCount(count)}` : formatCount(count));
  output.table(
    ['day ended', 'SLO', 'series', 'said', 'left', 'now', 'left now', 'bad', 'total', 'why'],
    days.map(({ toMs, slo, labels, before, after, difference, causes }) => [
      ...[formatInstant(toMs), slo, formatLabels(labels)],
      ...(before === null ? ['-', '-'] : [counts(before), left(before)]),
      ...[counts(after), left(after)],
      ...(difference === null ? ['-', '-'] : [signed(difference.bad), signed(difference.total)]),
      causes.join(', '),
    ]),
    { optional: ['said', 'now', 'total'] },
  );
}
