import type { BatchDecoder, SchemaSource } from '@burnline/contracts';
import type { EventLog } from '@burnline/runtime';
import type { ReplayRecord, ReplaySource } from '../reader/index.ts';
import { findReplayPosition } from './replay-position.ts';
import { TickBatches } from './tick-batches.ts';

export interface ReplayTarget {
  readonly log: EventLog;
  readonly schemas: SchemaSource;
  readonly decoder: BatchDecoder;
  readonly inference: string;
  readonly verdicts: string;
  readonly partitionCount: number;
  /** Distance of ticks: the interval of the stream's chunks. */
  readonly tickMs: number;
}

export interface ReplayResult {
  /** Records published by this run. */
  readonly publishedCount: number;
  /** Records that an earlier run had published, and that were passed over. */
  readonly skippedCount: number;
  /** The data's time at which the history ends: the tick after its last record, epoch ms. */
  readonly endMs: number;
}

/**
 * Publishes a history into a stream of its own, in which the data's time is the log time.
 *
 * Before the first record of a tick, and after the last record of all, a mark goes to every partition, behind all that
 * comes before it there. The marks are the acknowledged position: a run that was cut short goes on from the oldest of the
 * partitions' last ones. What lies between is sent again with the same ids, and counted once.
 */
export async function writeReplay(
  source: ReplaySource,
  target: ReplayTarget,
  options: { readonly signal: AbortSignal; readonly onProgress?: (publishedCount: number) => void },
): Promise<ReplayResult> {
  const position = await findReplayPosition(target.log, target.decoder, [target.inference, target.verdicts]);
  const lastTickMs = tickOf(source.lastLogTimeMicros, target.tickMs);
  const endMs = lastTickMs + target.tickMs;
  if (position.isComplete) {
    return { publishedCount: 0, skippedCount: source.inferenceCount + source.verdictCount, endMs };
  }
  const run = new ReplayRun(target, position.acknowledgedThroughMs ?? -Infinity);
  for await (const records of source.records()) {
    for (const record of records) await run.take(record);
    options.onProgress?.(run.publishedCount + run.skippedCount);
    options.signal.throwIfAborted();
  }
  await run.end(endMs);
  return { publishedCount: run.publishedCount, skippedCount: run.skippedCount, endMs };
}

class ReplayRun {
  publishedCount = 0;
  skippedCount = 0;
  readonly #target: ReplayTarget;
  readonly #batches: TickBatches;
  readonly #acknowledgedThroughMs: number;
  #tickMs: number | null = null;

  constructor(target: ReplayTarget, acknowledgedThroughMs: number) {
    this.#target = target;
    this.#batches = new TickBatches(target, target);
    this.#acknowledgedThroughMs = acknowledgedThroughMs;
  }

  async take(record: ReplayRecord): Promise<void> {
    const tickMs = tickOf(record.logTimeMicros, this.#target.tickMs);
    if (tickMs < this.#acknowledgedThroughMs) {
      this.skippedCount += 1;
      return;
    }
    if (tickMs !== this.#tickMs) this.#begin(tickMs);
    await this.#batches.add(record, tickMs + this.#target.tickMs - 1);
    this.publishedCount += 1;
  }

  async end(endMs: number): Promise<void> {
    this.#finishTick();
    this.#batches.mark('end', endMs);
    await this.#batches.append();
  }

  #begin(tickMs: number): void {
    this.#finishTick();
    this.#tickMs = tickMs;
    this.#batches.mark('tick', tickMs);
  }

  #finishTick(): void {
    if (this.#tickMs !== null) this.#batches.finishTick(this.#tickMs + this.#target.tickMs - 1);
  }
}

function tickOf(timeMicros: number, tickMs: number): number {
  return Math.floor(timeMicros / (tickMs * 1_000)) * tickMs;
}
