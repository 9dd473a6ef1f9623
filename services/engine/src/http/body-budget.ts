import { ClickHouseError } from './clickhouse-error.ts';

/** A statement that people write fits; so many bytes of every connection's are small beside the engine's own memory. */
const FREE_BYTES = 64 * 1024;

/**
 * Bounds what the bodies of requests that hold no place yet take together. The first 64 KiB of each are free, so that whoever
 * fills the rest with large bodies locks out large bodies only.
 */
export class BodyBudget {
  readonly #maxBytes: number;
  #takenBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The same bytes; `free` gives back what they took. Throws ClickHouseError 202 while reading when nothing is left. */
  hold(source: AsyncIterable<Buffer>): { readonly stream: AsyncIterable<Buffer>; readonly free: () => void } {
    let heldBytes = 0;
    let isFree = false;
    const take = (byteCount: number): void => {
      if (isFree || this.#takenBytes + byteCount > this.#maxBytes) throw exhausted();
      this.#takenBytes += byteCount;
      heldBytes += byteCount;
    };
    return {
      stream: counted(source, take),
      free: () => {
        isFree = true;
        this.#takenBytes -= heldBytes;
        heldBytes = 0;
      },
    };
  }
}

async function* counted(
  source: AsyncIterable<Buffer>,
  take: (byteCount: number) => void,
): AsyncGenerator<Buffer> {
  let readBytes = 0;
  for await (const chunk of source) {
    const before = Math.max(readBytes, FREE_BYTES);
    readBytes += chunk.length;
    if (readBytes > before) take(readBytes - before);
    yield chunk;
  }
}

function exhausted(): ClickHouseError {
  return new ClickHouseError(
    202,
    'TOO_MANY_SIMULTANEOUS_QUERIES',
    'Too many large statements are being read at once. Try again, or send a shorter one',
  );
}
