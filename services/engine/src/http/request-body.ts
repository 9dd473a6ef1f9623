import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ClickHouseError } from './clickhouse-error.ts';
import { header } from './http-parameters.ts';

/** Compressions that the engine knows and Node 20 does not. */
const ENGINE_CODECS: Readonly<Record<string, string>> = {
  lz4: 'lz4',
  zstd: 'zstd',
  xz: 'xz',
  bz2: 'bz2',
  snappy: 'snappy',
};
const DECODERS = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress } as const;

/** A request's body with a bound on its size. */
export interface RequestBody {
  /** Throws ClickHouseError 229 (HTTP 413) while it is read past the bound, 271 when it cannot be decompressed. */
  readonly stream: AsyncIterable<Buffer>;
  /** Set when the bytes are still compressed: the engine's name for it. The bound then holds for the compressed bytes. */
  readonly engineCodec: string | undefined;
}

/** Decompresses what Node can; throws ClickHouseError 48 for an unknown Content-Encoding. */
export function openBody(request: IncomingMessage, maxBytes: number): RequestBody {
  const encoding = (header(request.headers, 'content-encoding') ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') {
    return { stream: bounded(request, maxBytes), engineCodec: undefined };
  }
  if (isDecoder(encoding)) {
    return { stream: decoded(request, DECODERS[encoding](), maxBytes), engineCodec: undefined };
  }
  const engineCodec = ENGINE_CODECS[encoding];
  if (engineCodec === undefined) {
    throw new ClickHouseError(48, 'NOT_IMPLEMENTED', `Unknown Content-Encoding '${encoding}'`);
  }
  return { stream: bounded(request, maxBytes), engineCodec };
}

function isDecoder(encoding: string): encoding is keyof typeof DECODERS {
  return Object.hasOwn(DECODERS, encoding);
}

async function* decoded(
  request: IncomingMessage,
  decoder: Transform,
  maxBytes: number,
): AsyncGenerator<Buffer> {
  // The callback keeps a broken source from going unnoticed; the error itself reaches the reader below.
  pipeline(request, decoder, () => undefined);
  try {
    yield* bounded(decoder, maxBytes);
  } catch (error) {
    if (error instanceof ClickHouseError) throw error;
    throw new ClickHouseError(
      271,
      'CANNOT_DECOMPRESS',
      `Cannot decompress the request's body: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function* bounded(source: Readable, maxBytes: number): AsyncGenerator<Buffer> {
  let byteCount = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    byteCount += chunk.length;
    if (byteCount > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

/** HTTP 413, with the code the server uses for it. */
export function tooLarge(maxBytes: number): ClickHouseError {
  return new ClickHouseError(
    229,
    'QUERY_IS_TOO_LARGE',
    `The request's body is larger than ${maxBytes} bytes after decompression`,
  );
}

/** What a request says before and with its data. */
export interface RequestText {
  /** Up to `headBytes` or to the end, whichever comes first. */
  readonly head: Buffer;
  readonly isWhole: boolean;
  /** The rest, once. */
  readonly rest: AsyncIterator<Buffer>;
}

/** Reads on from `before` until `minBytes` are there or the body ends. */
export async function readHead(
  before: Buffer,
  rest: AsyncIterator<Buffer>,
  minBytes: number,
): Promise<RequestText> {
  const chunks = [before];
  let byteCount = before.length;
  while (byteCount < minBytes) {
    const step = await rest.next();
    if (step.done === true) return { head: Buffer.concat(chunks), isWhole: true, rest };
    chunks.push(step.value);
    byteCount += step.value.length;
  }
  return { head: Buffer.concat(chunks), isWhole: false, rest };
}
