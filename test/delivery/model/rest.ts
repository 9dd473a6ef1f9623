import type { MemorySealTables } from './memory-seal-tables.ts';
import type { MemoryTables } from './memory-tables.ts';
import type { Rule } from './slos.ts';
import { EVENTS_TOPIC, VERDICTS_TOPIC } from './traffic.ts';
import type { Truth } from './truth.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const PARTITIONS = [EVENTS_TOPIC, VERDICTS_TOPIC].flatMap((topic) =>
  [0, 1].map((partition) => ({ topic, partition })),
);

/** What a history waits for once its faults are over: that it comes at all is a promise too. */
export class Rest {
  readonly #tables: MemoryTables;
  readonly #sealTables: MemorySealTables;
  readonly #truth: Truth;

  constructor(tables: MemoryTables, sealTables: MemorySealTables, truth: Truth) {
    this.#tables = tables;
    this.#sealTables = sealTables;
    this.#truth = truth;
  }

  /** Offset after the last message that is no mark: those never end. */
  lastContent(topic: string, partition: number): number {
    const { raw, isMalformed } = this.#truth.of(topic, partition);
    const lastRecords = raw.findLastIndex((records) => records.length > 0);
    return Math.max(lastRecords, isMalformed.lastIndexOf(true)) + 1;
  }

  isWritten(): boolean {
    return PARTITIONS.every(({ topic, partition }) => {
      const position = this.lastContent(topic, partition);
      return ['processor', 'sink'].every((consumer) => {
        const row = this.#tables.watermark(consumer, `${topic}@1`, partition);
        return Number(row?.['position'] ?? 0) >= position;
      });
    });
  }

  /** Each SLO is judged by what it is to be now, and no other is. */
  isRolledOut(wanted: readonly Rule[]): boolean {
    const { active } = this.#tables.specs;
    const isActive = ({ plan }: Rule): boolean => active.get(plan.slo)?.split('.')[0] === plan.specRev;
    return active.size === wanted.length && wanted.every(isActive);
  }

  isSealed(nowMs: number): boolean {
    const dueMs = Math.floor((nowMs - 10 * MINUTE_MS) / HOUR_MS) * HOUR_MS;
    return this.#sealTables.epochRows.every(({ epoch }) => this.#throughMs(epoch) >= dueMs);
  }

  isDropped(): boolean {
    return this.#sealTables.epochRows.every(({ epoch }) => {
      const throughMs = this.#throughMs(epoch);
      const isLeft = (row: { readonly epoch: string; readonly logIntervalMs: number }): boolean =>
        row.epoch === epoch && row.logIntervalMs < throughMs;
      return this.#sealTables.chunkRows.filter(isLeft).length === 0;
    });
  }

  #throughMs(epoch: string): number {
    return this.#sealTables.pointerOf(epoch, 'hour')?.throughMs ?? 0;
  }
}
