import { DEAD_LETTERS_TOPIC, decodeDeadLetter } from '@burnline/contracts';
import { invariant } from '@burnline/core';
import type { MemoryDisk } from '@burnline/runtime';

/** What the dead-letter topic holds, as a reader of it sees it: a letter may be there several times, with the same bytes. */
export class LetterTopic {
  readonly #disk: MemoryDisk;
  readonly #values = new Map<string, string>();
  #readCount = 0;

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
  }

  /** Throws unless what could not be read before the position is in the topic, byte for byte. */
  checkBefore(
    at: { readonly topic: string; readonly partition: number; readonly position: number },
    isMalformed: readonly boolean[],
  ): void {
    const { topic, partition, position } = at;
    this.#readNew();
    const { startOffset, messages } = this.#disk.topics.get(topic)!.partitions[partition]!;
    for (let offset = startOffset; offset < position; offset += 1) {
      if (isMalformed[offset] !== true) continue;
      const value = Buffer.from(messages[offset - startOffset]!.value).toString('latin1');
      const key = `${topic}@1|${partition}|${offset}`;
      invariant(this.#values.get(key) === value, `the topic has no dead letter of ${key}`);
    }
  }

  #readNew(): void {
    const messages = this.#disk.topics.get(DEAD_LETTERS_TOPIC)?.partitions[0]?.messages ?? [];
    for (const message of messages.slice(this.#readCount)) {
      const letter = decodeDeadLetter(message.value);
      const key = `${letter.stream_epoch}|${letter.partition}|${letter.offset}`;
      const value = Buffer.from(letter.value).toString('latin1');
      invariant((this.#values.get(key) ?? value) === value, `two letters of ${key} differ`);
      this.#values.set(key, value);
    }
    this.#readCount = messages.length;
  }
}
