import { SilenceClock, readSilences, type Silence } from '@burnline/alerter';
import { durationText } from '@burnline/core';
import { systemClock, type Store } from '@burnline/runtime';
import { Option } from 'commander';
import type { CommandContext } from './command-context.ts';
import { EXIT } from '../output/exit-codes.ts';
import { interruptible } from './interruption.ts';
import { checkKnown, checkStream } from './known-names.ts';
import { DATA_DIR_OPTION, parseInstant, parseSeconds } from './options.ts';
import { RATE_OPTION, rateWindowMs, type RateName } from './rate-option.ts';
import { openReadingStore } from './pipeline-access.ts';
import { counted, formatCount, formatInstant, formatLabels, formatPercent } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { helpText } from '../output/prose.ts';
import { dispersionNotes } from '../output/dispersion-notes.ts';
import { printPercentiles } from '../output/percentiles.ts';
import { shown } from '../output/shown.ts';
import { silenceText } from '../output/silence-text.ts';
import {
  readBudgetBurn,
  readAdjustedBudgets,
  readPercentiles,
  readSloFacts,
  readStatus,
  readSampledBudgets,
  readStreams,
  readUncovered,
  readUndelivered,
  readWaitingRevisions,
  statusStatement,
  type AdjustedBudget,
  type SampledBudget,
  type SeriesPercentiles,
  type SeriesStatus,
  type StatusQuery,
  type UndeliveredNotices,
  type WindowBudgetBurn,
} from '@burnline/queries';
import {
  readForecasts,
  seriesKeyOf,
  tierBurns,
  windowsBySeries,
  type ForecastQuery,
  type TierBurn,
} from '@burnline/reading';
import { printStatus } from '../output/status-table.ts';

interface StatusOptions {
  readonly dataDir: string;
  readonly asOf?: number;
  readonly stream?: string;
  readonly service?: string;
  readonly slo?: string;
  readonly watch?: number | true;
  readonly sql?: true;
  readonly rateOf?: RateName;
  readonly failOn?: 'at_risk' | 'breached';
}

/** Seconds between two looks where `--watch` names none: as often as figures change. */
const WATCH_SECONDS_DEFAULT = 5;
/** Forecasts take longer than all else of a look, and move slowly. */
const FORECAST_PAUSE_MS = 60_000;
/** Clears a terminal and goes to its first line. */
const CLEAR = '\u001b[2J\u001b[H';

/** `burnline status`: SLIs, budgets, burn rates and alerts, now or at any moment of the history. */
export function addStatus(context: CommandContext): void {
  context.program
    .command('status')
    .description('show SLIs, error budgets, burn rates and alerts, now or at any moment of the history')
    .addOption(DATA_DIR_OPTION())
    .option('--as-of <time>', 'moment of the history, ISO 8601, UTC if it names no zone', parseInstant)
    .option('--stream <name>', 'one stream only: live, or the name of a replay')
    .option('--service <name>', 'SLOs of one service only')
    .option('--slo <name>', 'one SLO only; of an SLO with several objectives all of them')
    .addOption(RATE_OPTION())
    .option('--sql', 'print the statement that asks for it, as `burnline query` takes it, and do not run it')
    .option('--watch [seconds]', 'look again and again, every 5 s by default, until Ctrl+C', parseSeconds)
    .addOption(
      new Option('--fail-on <state>', 'exit with 3 if a budget is in this state or worse').choices([
        'at_risk',
        'breached',
      ]),
    )
    .addHelpText('after', helpText(STATUS_HELP))
    .action((options: StatusOptions) =>
      context.run((output) => {
        if (options.sql === true) return Promise.resolve(printStatement(options, output));
        return interruptible((signal) => status(options, output, signal));
      }),
    );
}

const STATUS_HELP = `What a tier burns is critical (long and short window over its factor), increasing (the short one alone), recovering (the long one
alone) or acceptable; the table has the worst of a series, and which tier it is of. The figures are those of the view slo_status, or of slo_status_at at a moment of the history: what --sql prints
answers them as rows. docs/sql-cookbook.md has more questions of this kind.`;

function printStatement(options: StatusOptions, output: Output): number {
  const sql = statusStatement(questionOf(options));
  output.json({ sql });
  output.line(sql);
  return EXIT.ok;
}

function questionOf({ asOf, stream, service, slo }: StatusOptions): StatusQuery {
  return { asOfMs: asOf ?? null, stream: stream ?? null, service: service ?? null, slo: slo ?? null };
}

async function status(options: StatusOptions, output: Output, interrupted: AbortSignal): Promise<number> {
  const database = await openReadingStore(options.dataDir, output);
  const seconds = options.watch === true ? WATCH_SECONDS_DEFAULT : options.watch;
  const forecastsOf = rarely(database.store, {
    asOfMs: options.asOf ?? null,
    rateWindowMs: rateWindowMs(options.rateOf),
  });
  try {
    for (;;) {
      const isFailing = await look(database.store, options, { output, forecastsOf });
      if (isFailing || seconds === undefined) return isFailing ? EXIT.no : EXIT.ok;
      await systemClock.sleep(seconds * 1_000, interrupted);
      // Whoever watches ends it so: that is no failure.
      if (interrupted.aborted) return EXIT.ok;
    }
  } finally {
    await database.close();
  }
}

type Forecasts = Awaited<ReturnType<typeof readForecasts>>;

/** Asks for forecasts once a minute; in between those that were made last stand, as long as the series are the same. */
function rarely(store: Store, query: ForecastQuery): (series: readonly SeriesStatus[]) => Promise<Forecasts> {
  let last: { readonly forecasts: Forecasts; readonly madeMs: number } | null = null;
  return async (series) => {
    const isKnown = last !== null && series.every((one) => last?.forecasts.has(seriesKeyOf(one)));
    if (last !== null && isKnown && performance.now() - last.madeMs < FORECAST_PAUSE_MS)
      return last.forecasts;
    last = { forecasts: await readForecasts(store, series, query), madeMs: performance.now() };
    return last.forecasts;
  };
}

/** Shows the state once. @returns whether a budget is in a state that --fail-on names */
async function look(
  store: Store,
  options: StatusOptions,
  {
    output,
    forecastsOf,
  }: {
    readonly output: Output;
    readonly forecastsOf: (series: readonly SeriesStatus[]) => Promise<Forecasts>;
  },
): Promise<boolean> {
  const isOfStream = ({ stream }: { readonly stream: string }): boolean =>
    options.stream === undefined || stream === options.stream;
  if (options.stream !== undefined) checkStream(options.stream, await readStreams(store));
  const nowMs = Date.now();
  const asOfMs = options.asOf ?? nowMs;
  const series = await readSelected(store, options);
  const slos = new Set(series.map(({ slo }) => slo));
  const isNarrow = options.service !== undefined || options.slo !== undefined;
  const backfilling = (await readWaitingRevisions(store)).filter(
    (one) => isOfStream(one) && (!isNarrow || slos.has(one.slo)),
  );
  const uncovered = (await readUncovered(store, asOfMs)).filter(isOfStream);
  const undelivered = await readUndelivered(store);
  const percentiles = await percentilesOf(store, series);
  const budgetBurn = await budgetBurnOf(store, series, asOfMs);
  const sampled = await sampledOf(store, series, asOfMs);
  const tiers = await tierBurnsOf(store, { series, budgetBurn, asOfMs });
  const adjusted = options.asOf === undefined ? await adjustedOf(store, series) : [];
  const silences = options.asOf === undefined ? await silencesInForce(store, nowMs) : [];
  const forecasts = await forecastsOf(series);
  output.json({
    asOf: new Date(asOfMs).toISOString(),
    series: series.map((one) => toldSeries(one, { tiers, forecasts })),
    ...{ budgetBurn, percentiles, sampled, backfilling, uncovered, undelivered, adjusted, silences },
  });
  if (options.watch !== undefined && output.isTerminal) output.line(`${CLEAR}${formatInstant(nowMs)} UTC`);
  if (asOfMs > nowMs)
    output.prose(
      `${formatInstant(asOfMs)} UTC is in the future: this is the state of ${formatInstant(nowMs)} UTC`,
    );
  if (series.length === 0) output.prose(nothingText(options.asOf));
  else printStatus(series, output, { forecasts, tiers });
  printPercentiles(percentiles, output);
  const notes = [
    ...dispersionNotes(budgetBurn),
    ...sampled.map(sampledText),
    ...[...cappedSlos(series)].map(cappedText),
    ...backfilling.map(backfillingText),
    ...uncovered.map(uncoveredText),
    ...adjusted.map(adjustedText),
    ...silences.map(silenceText),
  ];
  for (const note of notes) output.prose(note);
  for (const notices of undelivered) output.prose(undeliveredText(notices), 'bad');
  return failsOn(series, options.failOn);
}

const cappedText = (slo: string): string =>
  `${slo} has more groups than seriesMax allows: what is in __other__ may belong to any of its series, whose coverage says so`;

const backfillingText = ({ stream, slo }: Awaited<ReturnType<typeof readWaitingRevisions>>[number]): string =>
  `${slo} (${shown(stream)}) has changed: judged once its history is backfilled`;

const uncoveredText = ({ stream, fromMs, toMs }: Awaited<ReturnType<typeof readUncovered>>[number]): string =>
  `${shown(stream)} is uncovered from ${formatInstant(fromMs)} to ${formatInstant(toMs)} UTC: a recovery went on without it`;

function undeliveredText({ receiver, waiting, failed, sinceMs, lastError }: UndeliveredNotices): string {
  const counts = [
    ...(waiting > 0 ? [`${counted(waiting, 'notification')} not taken yet`] : []),
    ...(failed > 0 ? [`${counted(failed, 'notification')} given up within a day`] : []),
  ];
  return `receiver ${shown(receiver)}: ${counts.join(', ')}, since ${formatInstant(sinceMs)} UTC: ${shown(lastError)}`;
}

/** Whatever is shown: whoever asks why nobody was told must see it. */
async function silencesInForce(store: Store, nowMs: number): Promise<readonly Silence[]> {
  const live = await readSilences(store, { liveAtMs: nowMs });
  return live.filter((silence) => new SilenceClock(silence).isInForceAt(nowMs));
}

/** Of what is shown: budgets that rest on a sample of their events. */
async function sampledOf(
  store: Store,
  series: readonly SeriesStatus[],
  asOfMs: number,
): Promise<readonly SampledBudget[]> {
  const keys = new Set(series.map(seriesKeyOf));
  return (await readSampledBudgets(store, { asOfMs })).filter((one) => keys.has(seriesKeyOf(one)));
}

/** Of what is shown: budgets of which something is left out. */
async function adjustedOf(store: Store, series: readonly SeriesStatus[]): Promise<readonly AdjustedBudget[]> {
  const keys = new Set(series.map(seriesKeyOf));
  return (await readAdjustedBudgets(store)).filter((one) => keys.has(seriesKeyOf(one)));
}

function adjustedText({ stream, slo, labels, leftOutMs, adjustments }: AdjustedBudget): string {
  const of = Object.keys(labels).length === 0 ? '' : ` ${formatLabels(labels)}`;
  return `${shown(slo)}${of} (${shown(stream)}): ${durationText(leftOutMs)} of the period left out by ${adjustments.join(', ')}, see \`burnline adjust list\``;
}

function sampledText({ stream, slo, labels, seen, total, low, high }: SampledBudget): string {
  const of = Object.keys(labels).length === 0 ? '' : ` ${formatLabels(labels)}`;
  return `${shown(slo)}${of} (${shown(stream)}): ${formatCount(seen)} events seen stand for ${formatCount(total)}; as far as they tell, the SLI lies from ${formatPercent(low)} to ${formatPercent(high)} (95 %)`;
}

/** Up to each stream's last change: a history's hours lie where it ends. */
async function percentilesOf(
  store: Store,
  series: readonly SeriesStatus[],
): Promise<readonly SeriesPercentiles[]> {
  const ends = new Map<string, number>();
  for (const { stream, evaluatedAtMs } of series)
    ends.set(stream, Math.max(evaluatedAtMs, ends.get(stream) ?? 0));
  const read = await Promise.all([...ends].map(([stream, toMs]) => readPercentiles(store, { stream, toMs })));
  const keys = new Set(series.map(seriesKeyOf));
  return read.flat().filter((one) => keys.has(seriesKeyOf(one)));
}

/** What each window of them has eaten of its budget. */
async function budgetBurnOf(
  store: Store,
  series: readonly SeriesStatus[],
  asOfMs: number,
): Promise<readonly WindowBudgetBurn[]> {
  if (series.length === 0) return [];
  const keys = new Set(series.map(seriesKeyOf));
  return (await readBudgetBurn(store, { asOfMs })).filter((one) => keys.has(seriesKeyOf(one)));
}

/** A series as programs read it. */
function toldSeries(
  one: SeriesStatus,
  { tiers, forecasts }: { readonly tiers: TierBurns; readonly forecasts: Forecasts },
): object {
  const key = seriesKeyOf(one);
  return {
    ...one,
    tiers: (tiers.get(key) ?? []).map(({ tier, word }) => ({ tier: tier.name, word })),
    forecast: forecasts.get(key) ?? null,
  };
}

type TierBurns = ReadonlyMap<string, readonly TierBurn[]>;

/** How every tier of them burns, by `seriesKeyOf`: the words of the console and of pages. */
async function tierBurnsOf(
  store: Store,
  {
    series,
    budgetBurn,
    asOfMs,
  }: {
    readonly series: readonly SeriesStatus[];
    readonly budgetBurn: readonly WindowBudgetBurn[];
    readonly asOfMs: number;
  },
): Promise<TierBurns> {
  if (series.length === 0) return new Map();
  const facts = await readSloFacts(store, { asOfMs });
  const factsOf = new Map(facts.map((one) => [JSON.stringify([one.stream, one.slo]), one]));
  const windows = windowsBySeries(budgetBurn);
  return new Map(
    series.flatMap((one) => {
      const own = factsOf.get(JSON.stringify([one.stream, one.slo]));
      const counted = windows.get(seriesKeyOf(one));
      return own === undefined || counted === undefined ? [] : [[seriesKeyOf(one), tierBurns(own, counted)]];
    }),
  );
}

/** Series of what was asked for. @throws AppError CLI_SERVICE_UNKNOWN, CLI_SLO_UNKNOWN where there is no such name */
async function readSelected(store: Store, options: StatusOptions): Promise<readonly SeriesStatus[]> {
  const { service, slo } = options;
  const series = await readStatus(store, questionOf(options));
  if (series.length > 0 || (service === undefined && slo === undefined)) return series;
  const all = await readStatus(store, { ...questionOf(options), service: null, slo: null });
  const isOfSlo = (one: SeriesStatus): boolean => one.slo === slo || one.slo.startsWith(`${slo ?? ''}/`);
  if (service !== undefined)
    checkKnown({ code: 'CLI_SERVICE_UNKNOWN', what: 'service', name: service }, namesOf(all, 'service'));
  if (slo !== undefined && !all.some(isOfSlo))
    checkKnown({ code: 'CLI_SLO_UNKNOWN', what: 'SLO', name: slo }, namesOf(all, 'slo'));
  return series;
}

const namesOf = (series: readonly SeriesStatus[], key: 'service' | 'slo'): readonly string[] => [
  ...new Set(series.map((one) => one[key])),
];

function nothingText(asOfMs: number | undefined): string {
  return asOfMs === undefined
    ? 'Nothing has been evaluated yet: `burnline up --specs FILE` judges events as they come, `burnline replay` a history.'
    : `Nothing was evaluated up to ${formatInstant(asOfMs)} UTC.`;
}

function cappedSlos(series: readonly SeriesStatus[]): ReadonlySet<string> {
  return new Set(series.filter(({ unassigned }) => unassigned > 0).map(({ slo }) => slo));
}

function failsOn(series: readonly SeriesStatus[], state: StatusOptions['failOn']): boolean {
  if (state === undefined) return false;
  const failing = state === 'breached' ? ['breached'] : ['at_risk', 'breached'];
  return series.some((one) => failing.includes(one.state));
}
