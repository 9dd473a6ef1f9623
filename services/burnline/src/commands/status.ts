import { nearestWord } from '@burnline/contracts';
import { AppError } from '@burnline/core';
import { Option } from 'commander';
import type { CommandContext } from './command-context.ts';
import { EXIT } from '../output/exit-codes.ts';
import { DATA_DIR_OPTION, parseInstant } from './options.ts';
import { openReadingStore } from './pipeline-access.ts';
import { counted, formatInstant } from '../output/format.ts';
import {
  readStatus,
  readStreams,
  readUncovered,
  readUndelivered,
  readWaitingRevisions,
  type SeriesStatus,
  type UndeliveredNotices,
} from '../output/status-report.ts';
import { printStatus } from '../output/status-table.ts';

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
        const database = await openReadingStore(options.dataDir);
        const { store } = database;
        try {
          if (options.stream !== undefined) checkStream(options.stream, await readStreams(store));
          const asOfMs = options.asOf ?? Date.now();
          const series = await readStatus(store, { asOfMs, stream: options.stream ?? null });
          const waiting = (await readWaitingRevisions(store)).filter(
            ({ stream }) => options.stream === undefined || stream === options.stream,
          );
          const uncovered = (await readUncovered(store, asOfMs)).filter(
            ({ stream }) => options.stream === undefined || stream === options.stream,
          );
          const undelivered = await readUndelivered(store);
          const asOf = new Date(asOfMs).toISOString();
          output.json({ asOf, series, backfilling: waiting, uncovered, undelivered });
          if (series.length === 0) output.line(nothingText(options.asOf));
          else printStatus(series, output);
          for (const slo of cappedSlos(series))
            output.line(
              `${slo} has more groups than seriesMax allows: what is in __other__ may belong to any of its series, whose coverage says so`,
            );
          for (const { stream, slo } of waiting)
            output.line(`${slo} (${stream}) has changed: judged once its history is backfilled`);
          for (const { stream, fromMs, toMs } of uncovered)
            output.line(
              `${stream} is uncovered from ${formatInstant(fromMs)} to ${formatInstant(toMs)} UTC: a recovery went on without it`,
            );
          for (const notices of undelivered) output.line(output.tone('bad', undeliveredText(notices)));
          return failsOn(series, options.failOn) ? EXIT.no : EXIT.ok;
        } finally {
          await database.close();
        }
      }),
    );
}

function undeliveredText({ receiver, waiting, failed, sinceMs, lastError }: UndeliveredNotices): string {
  const counts = [
    ...(waiting > 0 ? [`${counted(waiting, 'notification')} not taken yet`] : []),
    ...(failed > 0 ? [`${counted(failed, 'notification')} given up within a day`] : []),
  ];
  return `receiver ${receiver}: ${counts.join(', ')}, since ${formatInstant(sinceMs)} UTC: ${lastError}`;
}

function checkStream(name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const nearest = nearestWord(name, known);
  const list = known.length === 0 ? 'there are none yet' : `there are ${known.join(', ')}`;
  throw new AppError('CLI_STREAM_UNKNOWN', `No stream is named ${name}; ${list}`, {
    remedy: nearest === undefined ? 'Name one of them, or leave --stream out.' : `Did you mean "${nearest}"?`,
    details: { known },
  });
}

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
