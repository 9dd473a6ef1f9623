import { RepeatWindow } from '@burnline/core';
import { createBatchDecoder, loadPackageSchemas } from '@burnline/contracts';
import { Chunk } from '../../../packages/counting/dist/counting/chunk.js';
import { createMessageDecoder } from '../../../packages/counting/dist/counting/message-decoder.js';
import { SliSet } from '../../../packages/counting/dist/counting/sli-set.js';
import { PlainEventCounter } from '../../../packages/counting/dist/counting/event-counter.js';
import { KernelEventCounter } from '../../../packages/counting/dist/kernel/kernel-event-counter.js';

export const WINDOW_MESSAGES = 16_384;
/** No event is later: none is clamped. */
export const APPENDED_AT_MS = 1_750_000_000_000;
const SETTINGS = { paneMs: 10_000 };
const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);

export const createKernelCounter = (plans) =>
  new KernelEventCounter({ plans, schemas, decoder, settings: SETTINGS });

/** The definition that the kernel is held against: avsc's decoder for the fields that are read, and a function per set of SLIs. */
export function createPlainCounter(plans) {
  const slis = new SliSet(plans);
  return new PlainEventCounter({ decode: createMessageDecoder(decoder, slis), slis, settings: SETTINGS });
}

/** Counts all messages of a pool into a chunk, as the processor does with those of a partition. */
export class CountingRun {
  #counter;
  #repeats = new RepeatWindow(WINDOW_MESSAGES);
  #offset = 0;
  #withRepeats;

  constructor(counter, { withRepeats = true } = {}) {
    this.#counter = counter;
    this.#withRepeats = withRepeats;
  }

  /** The chunk, and the CPU seconds of the whole process: the compiler's and collector's threads included. */
  count(pool) {
    const chunk = new Chunk({ firstOffset: this.#offset, runningMaxBeforeMs: -1, intervalNumber: 0 });
    const spentBefore = process.cpuUsage();
    for (const { value } of pool.messages) {
      const messageOffset = this.#offset;
      this.#counter.countMessage(value, {
        chunk,
        timestampMs: APPENDED_AT_MS,
        nextOffset: messageOffset + 1,
        findRepeats: (ids, repeated) => {
          if (this.#withRepeats) this.#repeats.observeAll(ids, messageOffset, repeated);
          else repeated.fill(0);
        },
      });
      this.#offset += 1;
    }
    const { user, system } = process.cpuUsage(spentBefore);
    return { chunk, seconds: (user + system) / 1e6 };
  }
}
