import { readCapacity, readStatus, type SeriesCapacity } from '@burnline/queries';
import type { CommandContext } from './command-context.ts';
import { DATA_DIR_OPTION, parseInstant } from './options.ts';
import { openReadingStore } from './pipeline-access.ts';
import { EXIT } from '../output/exit-codes.ts';
import { formatInstant, formatLabels, formatNumber, formatPercent } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { helpText } from '../output/prose.ts';

interface CapacityOptions {
  readonly dataDir: string;
  readonly stream?: string;
  readonly asOf?: number;
}

interface StreamCapacity extends SeriesCapacity {
  readonly stream: string;
}

/** `burnline capacity`: how near every series of an SLO with a quota is to it, and when it gets there. */
export function addCapacity(context: CommandContext): void {
  context.program
    .command('capacity')
    .description('show how near use is to its quota, how it grows, and when it gets there')
    .addOption(DATA_DIR_OPTION())
    .option('--stream <name>', 'one stream only: live, or the name of a replay')
    .option('--as-of <time>', 'moment up to which is looked, ISO 8601, UTC if it names no zone', parseInstant)
    .addHelpText('after', helpText(CAPACITY_HELP))
    .action((options: CapacityOptions) => context.run((output) => showCapacity(options, output)));
}

const CAPACITY_HELP = `Of every SLO whose SLI has a quota: use per minute of the last slice that is over, of the one that used most within 7 days, the
quota, the growth of the peaks of whole days (least squares over 7 of them), and when the peak reaches the quota at that growth. Without
--as-of a stream is looked at up to its last evaluation.`;

async function showCapacity(options: CapacityOptions, output: Output): Promise<number> {
  const database = await openReadingStore(options.dataDir, output);
  try {
    const status = await readStatus(database.store, { asOfMs: null, stream: options.stream ?? null });
    const ends = new Map<string, number>();
    for (const { stream, evaluatedAtMs } of status)
      ends.set(stream, Math.max(options.asOf ?? evaluatedAtMs, ends.get(stream) ?? 0));
    const series: StreamCapacity[] = [];
    for (const [stream, toMs] of ends)
      for (const one of await readCapacity(database.store, { stream, toMs })) series.push({ stream, ...one });
    output.json({
      series: series.map(({ exhaustion, ...one }) => ({
        ...one,
        exhaustion: typeof exhaustion === 'number' ? new Date(exhaustion).toISOString() : exhaustion,
      })),
    });
    if (series.length === 0) output.prose(NOTHING);
    else printSeries(series, output);
    return EXIT.ok;
  } finally {
    await database.close();
  }
}

const NOTHING =
  'No SLO with a quota has counted anything within 8 days: one is a thresholdMetric with use and quota, as docs/slo-specs.md shows.';

function printSeries(series: readonly StreamCapacity[], output: Output): void {
  output.table(
    ['slo', 'series', 'now/min', 'peak/min', 'quota/min', 'peak', 'growth/day', 'quota reached'],
    series.map((one) => [
      one.slo,
      formatLabels(one.labels),
      perMinute(one.usePerMinute),
      perMinute(one.peakPerMinute),
      one.quotaPerMinute === null ? 'not said' : perMinute(one.quotaPerMinute),
      formatPercent(one.peakShare, 1),
      one.growthPerDay === null ? 'not known yet' : perMinute(one.growthPerDay),
      reachedText(one),
    ]),
    { optional: ['now/min', 'growth/day'] },
  );
}

const perMinute = (value: number): string =>
  formatNumber(value, { digits: Math.abs(value) < 100 ? 1 : 0, boundaries: [0] });

function reachedText({ exhaustion, quotaPerMinute, peakPerMinute }: SeriesCapacity): string {
  if (exhaustion === 'never') return 'never at this growth';
  if (exhaustion === null) return 'not known yet';
  if (quotaPerMinute !== null && peakPerMinute >= quotaPerMinute) return 'reached';
  return formatInstant(exhaustion);
}
