import type { ChunkRow, ClosingRow, EpochRow, RowValues } from './memory-seal-tables.ts';
import { Random } from './random.ts';

const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** Chunks of one epoch with all that was ever written of them: older versions of their rows too. */
export interface EpochHistory {
  readonly epoch: EpochRow;
  readonly rows: readonly ChunkRow[];
  readonly closings: readonly ClosingRow[];
  readonly endOffsets: readonly number[];
}

/** Counts that follow from the key's number and the version: two writers of one version write the same. */
export function valuesOf(seed: number): RowValues {
  const random = new Random(seed);
  const bad = random.below(3);
  const good = random.below(9);
  const buckets = [random.below(3), 3 + random.below(3)];
  return {
    good,
    total: good + bad,
    excluded: random.below(2),
    zeroCount: random.below(2),
    sums: { input_tokens: random.below(100) - 50, output_tokens: random.below(3) },
    histogram: random.chance(0.5)
      ? Object.fromEntries(buckets.map((bucket) => [bucket, 1 + random.below(4)]))
      : {},
  };
}

/** A live epoch or a replay of `hours` of log time: late panes, empty chunks, two revisions, several versions of a row. */
export function randomHistory(
  random: Random,
  of: { readonly epoch: string; readonly startMs: number; readonly hours: number },
): EpochHistory {
  const clock = random.chance(0.5) ? 'live' : 'replay';
  const startOffsets = Array.from({ length: 1 + random.below(2) }, () => random.below(2) * 100);
  const epoch: EpochRow = { epoch: of.epoch, stream: `stream-${of.epoch}`, clock, startOffsets };
  const rows: ChunkRow[] = [];
  const closings: ClosingRow[] = [];
  const endOffsets = startOffsets.map((start, partition) => {
    let chunk = start;
    // A replay's first message announces specs at time 0, and counts nothing.
    let logIntervalMs = clock === 'replay' ? 0 : of.startMs;
    while (logIntervalMs < of.startMs + of.hours * HOUR_MS) {
      const nextChunk = chunk + 1 + random.below(50);
      const keptSinceMs = clock === 'live' ? logIntervalMs : of.startMs;
      const place = { partition, chunk, logIntervalMs, keptSinceMs };
      const rowCounts: Record<string, number> = {};
      const rowCount = logIntervalMs === 0 ? 0 : random.below(4);
      for (let number = 0; number < rowCount; number += 1) {
        const written = versionsOf(random, { epoch, place, number, nextChunk });
        rows.push(...written);
        const rev = written[0]!.specRev;
        rowCounts[rev] = (rowCounts[rev] ?? 0) + 1;
      }
      closings.push({ epoch: epoch.epoch, nextChunk, rowCounts, ...place });
      chunk = nextChunk;
      logIntervalMs = Math.max(logIntervalMs, of.startMs) + random.pick([0, 1, 1, 20, 59, 130]) * MINUTE_MS;
    }
    return chunk;
  });
  return { epoch, rows, closings, endOffsets };
}

function versionsOf(
  random: Random,
  of: {
    readonly epoch: EpochRow;
    readonly place: Pick<ChunkRow, 'partition' | 'chunk' | 'logIntervalMs' | 'keptSinceMs'>;
    readonly number: number;
    readonly nextChunk: number;
  },
): ChunkRow[] {
  const { epoch, place, number, nextChunk } = of;
  const seed = random.below(2 ** 31);
  const lateMs = random.pick([0, 0, 10_000, 25 * MINUTE_MS, 26 * HOUR_MS]);
  const paneMs = place.logIntervalMs - lateMs + 10_000 * random.below(6);
  const last = nextChunk;
  const versions = random.chance(0.3) && last - 1 > place.chunk ? [last - 1, last] : [last];
  return versions.map((version) => ({
    stream: epoch.stream,
    epoch: epoch.epoch,
    slo: number % 2 === 0 ? 'a' : 'b',
    specRev: number % 2 === 0 ? 'rev-a' : 'rev-b',
    // Numbers of one chunk have keys of their own.
    series: number,
    paneMs,
    ...place,
    version,
    ...valuesOf(seed + version),
  }));
}
