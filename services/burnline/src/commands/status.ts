import { durationText } from '@burnline/core';
import { Option } from 'commander';
import { openStore } from '@burnline/runtime';
import type { CommandContext } from '../main.ts';
import { EXIT, type Output, type Tone } from '../output/output.ts';
import { formatBurnRate, formatCount, formatInstant, formatLabels, formatPercent } from '../output/format.ts';
import { openForReading } from './database-access.ts';
import { DATA_DIR_OPTION, parseInstant } from './options.ts';
import { readStatus, type SeriesStatus } from './status-report.ts';

interface StatusOptions {
  readonly dataDir: string;
  readonly asOf?: number;
  readonly stream?: string;
  readonly failOn?: 'at_risk' | 'breached';
}

/** `burnline status`: SLIs, budgets, burn rates and alerts, now or at any moment of the history. */
export function addStatus(context: CommandContext): void {
  context.program
    .command('status')
    .description('show SLIs, error budgets, burn rates and alerts, now or at any moment of the history')
    .addOption(DATA_DIR_OPTION())
    .option('--as-of <time>', 'moment of the history, ISO 8601, UTC if it names no zone', parseInstant)
    .option('--stream <name>', 'one stream only: live, or the name of a replay')
    .addOption(
      new Option('--fail-on <state>', 'exit with 3 if a budget is in this state or worse').choices([
        'at_risk',
        'breached',
      ]),
    )
    .action((options: StatusOptions) =>
      context.run(async (output) => {
        const database = await openForReading(options.dataDir);
        const store = openStore({ ...database, password: '' });
        try {
          const asOfMs = options.asOf ?? Date.now();
          const series = await readStatus(store, { asOfMs, stream: options.stream ?? null });
          output.json({ asOf: new Date(asOfMs).toISOString(), series });
          if (series.length === 0) output.line('Nothing was evaluated up to then.');
          else printStatus(series, output);
          return failsOn(series, options.failOn) ? EXIT.no : EXIT.ok;
        } finally {
          await store.close();
          await database.close();
        }
      }),
    );
}

function failsOn(series: readonly SeriesStatus[], state: StatusOptions['failOn']): boolean {
  if (state === undefined) return false;
  const failing = state === 'breached' ? ['breached'] : ['at_risk', 'breached'];
  return series.some((one) => failing.includes(one.state));
}

const STATE_TONES: Readonly<Record<string, Tone>> = {
  ok: 'good',
  at_risk: 'warn',
  breached: 'bad',
  no_data: 'warn',
  no_traffic: 'dim',
};

/** One row per series, worst budget first within an SLO; at most `seriesPerSloMax` of each. */
export function printStatus(
  series: readonly SeriesStatus[],
  output: Output,
  seriesPerSloMax = Number.POSITIVE_INFINITY,
): void {
  for (const stream of new Set(series.map((one) => one.stream))) {
    const rows = series.filter((one) => one.stream === stream);
    const lastMs = Math.max(...rows.map((one) => one.evaluatedAtMs));
    output.line(
      `${output.tone('strong', stream)}  ${output.tone('dim', `last change ${formatInstant(lastMs)} UTC`)}`,
    );
    const shown = rows.filter((one, index) => rows[index - seriesPerSloMax]?.slo !== one.slo);
    output.table(
      ['SLO', 'series', 'target', 'SLI', 'good / total', 'budget left', 'burn', 'state', 'alert'],
      shown.map((one) => [
        one.slo,
        formatLabels(one.labels),
        formatPercent(one.targetRatio, 1),
        formatPercent(one.sliRatio),
        `${formatCount(one.good)} / ${formatCount(one.total)}`,
        formatPercent(one.remainingRatio, 1),
        burnText(one),
        output.tone(STATE_TONES[one.state] ?? 'dim', one.state),
        one.firing === null ? '' : output.tone('bad', `${one.firing.severity} ${one.firing.tier}`),
      ]),
    );
    if (shown.length < rows.length) {
      output.line(
        output.tone('dim', `${rows.length - shown.length} series with more budget left are not shown`),
      );
    }
    output.line();
  }
}

function burnText(one: SeriesStatus): string {
  const highest = one.burnRates.reduce<SeriesStatus['burnRates'][number] | null>(
    (worst, rate) => (worst === null || rate.burnRate > worst.burnRate ? rate : worst),
    null,
  );
  if (highest === null || highest.burnRate === 0) return '0';
  return `${formatBurnRate(highest.burnRate)} over ${durationText(highest.windowMs)}`;
}
