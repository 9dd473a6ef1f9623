import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { intakeError } from '../http/intake-error.ts';
import type { Turns } from '../http/turns.ts';
import type { Holding } from './bytes-in-flight.ts';
import { ZstdFault, zstdPieces } from './zstd-pieces.ts';

export interface BodyLimits {
  /** Of a body, as it comes and as it unpacks to. */
  readonly bytesMax: number;
  /** Without a byte. */
  readonly idleMs: number;
  /** From the first byte to the last. */
  readonly wholeMs: number;
}

export const BODY_LIMITS: BodyLimits = {
  /** Some ten thousand events. */
  bytesMax: 8 * 1024 * 1024,
  idleMs: 10_000,
  /** Time for 8 MiB over a slow line. */
  wholeMs: 60_000,
};

const ENCODINGS = ['gzip', 'zstd'] as const;
type Encoding = (typeof ENCODINGS)[number] | 'identity';

/** `x-gzip` is what RFC 9110 has it mean. Throws COLLECTOR_ENCODING_REFUSED, which names what is taken. */
export function encodingOf(request: IncomingMessage): Encoding {
  const named = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
  if (named === '' || named === 'identity') return 'identity';
  if (named === 'gzip' || named === 'x-gzip') return 'gzip';
  if (named === 'zstd') return 'zstd';
  throw intakeError('COLLECTOR_ENCODING_REFUSED', `The body is encoded as ${named.slice(0, 64)}`, {
    remedy: `Send it as it is, or with content-encoding ${ENCODINGS.join(' or ')}.`,
  });
}

/** Throws COLLECTOR_BODY_TOO_LARGE for a body that says so itself, before a byte of it is read. */
export function checkDeclaredLength(request: IncomingMessage, { bytesMax }: BodyLimits): void {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
}

/**
 * The whole body, unpacked. Every byte is taken from `holding` before it is kept.
 *
 * Rejects with COLLECTOR_BODY_TOO_LARGE, COLLECTOR_BODY_SLOW, COLLECTOR_BODY_BROKEN, COLLECTOR_BUSY, or the signal's reason.
 */
export async function readBody(
  request: Readable,
  options: {
    readonly encoding: Encoding;
    readonly limits: BodyLimits;
    readonly holding: Holding;
    readonly turns: Turns;
    readonly signal: AbortSignal;
  },
): Promise<Buffer> {
  const { encoding, limits, holding, turns, signal } = options;
  const body = new Chunks(limits.bytesMax, holding);
  if (encoding === 'gzip') await receiveGzip(request, body, options);
  else
    await receive(request, options, (chunk) => {
      body.add(chunk);
    });
  holding.settle();
  if (encoding !== 'zstd') return body.whole();
  const unpacked = new Chunks(limits.bytesMax, holding);
  await turns.run(zstdSteps(body.whole(), unpacked), signal);
  return unpacked.whole();
}

/** The parts of a body so far; never more of them than the limits and the memory allow. */
class Chunks {
  readonly #bytesMax: number;
  readonly #holding: Holding;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(bytesMax: number, holding: Holding) {
    this.#bytesMax = bytesMax;
    this.#holding = holding;
  }

  add(chunk: Uint8Array): void {
    if (this.#bytes + chunk.length > this.#bytesMax) throw tooLarge(this.#bytesMax);
    this.#holding.take(chunk.length);
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
  }

  whole(): Buffer {
    return this.#chunks.length === 1 && Buffer.isBuffer(this.#chunks[0])
      ? this.#chunks[0]
      : Buffer.concat(this.#chunks, this.#bytes);
  }
}

interface Receiving {
  readonly limits: BodyLimits;
  readonly signal: AbortSignal;
}

/** Hands on each chunk as it comes. Once it has rejected, nothing of the body is handed on any more. */
function receive(
  request: Readable,
  { limits, signal }: Receiving,
  take: (chunk: Buffer) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(idle);
      clearTimeout(whole);
      signal.removeEventListener('abort', onAbort);
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      settle();
    };
    const fail = (error: unknown): void => {
      request.pause();
      end(() => {
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    };
    const onAbort = (): void => {
      fail(signal.reason);
    };
    const onData = (chunk: Buffer): void => {
      idle.refresh();
      try {
        take(chunk);
      } catch (error) {
        fail(error);
      }
    };
    const onEnd = (): void => {
      end(resolve);
    };
    const onClose = (): void => {
      fail(new ClientGone());
    };
    const idle = setTimeout(() => {
      fail(tooSlow(`no byte of it came for ${limits.idleMs / 1_000} s`));
    }, limits.idleMs);
    const whole = setTimeout(() => {
      fail(tooSlow(`it was not whole after ${limits.wholeMs / 1_000} s`));
    }, limits.wholeMs);
    request.on('data', onData).on('end', onEnd).on('close', onClose);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** The client went away before its request was whole: nothing of it was taken, and nobody hears an answer. */
export class ClientGone extends Error {
  constructor() {
    super('the client went away before its request was whole');
  }
}

/** Unpacks while it receives, off the event loop; the packed bytes are bounded like those that they unpack to. */
async function receiveGzip(request: Readable, body: Chunks, receiving: Receiving): Promise<void> {
  const gunzip = createGunzip();
  const failing = new AbortController();
  const signal = AbortSignal.any([receiving.signal, failing.signal]);
  const unpacked = new Promise<void>((resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(error instanceof Error ? error : new Error(String(error)));
      // Ends the receiving too: whatever comes now would be unpacked for nothing.
      failing.abort(error);
    };
    gunzip.on('data', (chunk: Buffer) => {
      try {
        body.add(chunk);
      } catch (error) {
        fail(error);
      }
    });
    gunzip.on('end', resolve);
    gunzip.on('error', (error) => {
      fail(broken('gzip', error.message));
    });
  });
  unpacked.catch(() => undefined);
  let packedBytes = 0;
  try {
    await receive(request, { ...receiving, signal }, (chunk) => {
      packedBytes += chunk.length;
      if (packedBytes > receiving.limits.bytesMax) throw tooLarge(receiving.limits.bytesMax);
      if (gunzip.write(chunk)) return;
      request.pause();
      gunzip.once('drain', () => {
        if (!failing.signal.aborted) request.resume();
      });
    });
    gunzip.end();
    await unpacked;
  } finally {
    gunzip.destroy();
  }
}

/** Unpacks block by block, in turns. */
function zstdSteps(packed: Uint8Array, body: Chunks): () => boolean {
  const pieces = zstdPieces(packed);
  let frame: Decompress | null = null;
  return () => {
    try {
      const next = pieces.next();
      if (next.done === true) return true;
      const { bytes, isFrameStart, isFrameEnd } = next.value;
      if (isFrameStart || frame === null) {
        frame = new Decompress((chunk) => {
          if (chunk.length > 0) body.add(chunk);
        });
      }
      frame.push(bytes, isFrameEnd);
      return false;
    } catch (error) {
      if (error instanceof ZstdFault || isLibraryFault(error)) throw broken('zstd', error.message);
      throw error;
    }
  };
}

/** What the library throws has a number as its code, or comes from reading beyond what a broken body holds. */
function isLibraryFault(error: unknown): error is Error {
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    (error instanceof Error && 'code' in error && typeof error.code === 'number')
  );
}

function broken(encoding: string, why: string): Error {
  return intakeError('COLLECTOR_BODY_BROKEN', `The body is not ${encoding} that can be unpacked: ${why}`, {
    remedy: 'Compress the body as a whole and name that encoding in content-encoding, or send it as it is.',
  });
}

function tooLarge(bytesMax: number): Error {
  return intakeError('COLLECTOR_BODY_TOO_LARGE', `The body is over ${bytesMax / 1024 / 1024} MiB`, {
    remedy: 'Send it in several requests; the bound counts what a compressed body unpacks to.',
    details: { bytesMax },
  });
}

function tooSlow(what: string): Error {
  return intakeError('COLLECTOR_BODY_SLOW', `The body came too slowly: ${what}`, {
    remedy: 'Send the request again, in smaller parts if the line is slow.',
  });
}
