/** Each answer begins with its length, 32 bits. */
const LENGTH_BYTES = 4;
/** Of an answer that memory is taken for at once. What says it is longer is handed on as it comes. */
const ANSWER_BYTES_MAX = 128 * 1024 * 1024;

/**
 * Puts a connection's bytes together to whole answers, each written once into memory of its own size. kafkajs gets pieces as
 * they come, and copies all of them for each: what that leaves lies outside the heap and makes V8 collect garbage.
 */
export class AnswerAssembler {
  readonly #onBytes: (bytes: Buffer) => void;
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  #lengthFilled = 0;
  #answer: Buffer | null = null;
  #filled = 0;
  #isHandedOn = false;

  /** `onBytes` gets whole answers, length included; after a length that is none it gets the bytes as they come. */
  constructor(onBytes: (bytes: Buffer) => void) {
    this.#onBytes = onBytes;
  }

  /** The bytes may be overwritten afterwards. */
  push(bytes: Buffer): void {
    let position = 0;
    while (position < bytes.length && !this.#isHandedOn) {
      position +=
        this.#answer === null ? this.#begin(bytes, position) : this.#fill(this.#answer, bytes, position);
    }
    if (position < bytes.length) this.#onBytes(Buffer.from(bytes.subarray(position)));
  }

  /** How many bytes it took. */
  #begin(bytes: Buffer, position: number): number {
    const copied = bytes.copy(this.#length, this.#lengthFilled, position);
    this.#lengthFilled += copied;
    if (this.#lengthFilled < LENGTH_BYTES) return copied;
    this.#lengthFilled = 0;
    const size = this.#length.readInt32BE();
    if (size < 1 || size > ANSWER_BYTES_MAX) {
      this.#isHandedOn = true;
      this.#onBytes(Buffer.from(this.#length));
      return copied;
    }
    this.#answer = Buffer.allocUnsafe(LENGTH_BYTES + size);
    this.#answer.set(this.#length);
    this.#filled = LENGTH_BYTES;
    return copied;
  }

  #fill(answer: Buffer, bytes: Buffer, position: number): number {
    const copied = bytes.copy(answer, this.#filled, position);
    this.#filled += copied;
    if (this.#filled === answer.length) {
      this.#answer = null;
      this.#onBytes(answer);
    }
    return copied;
  }
}
