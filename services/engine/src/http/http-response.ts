import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { constants, createDeflate, createGzip, type Deflate, type Gzip } from 'node:zlib';
import type { AnswerDelivery } from './answer-delivery.ts';
import { errorBody, httpStatus, type ClickHouseError } from './clickhouse-error.ts';
import { header } from './http-parameters.ts';
import { contentType } from './output-formats.ts';
import type { QueryAnswer } from './query-execution.ts';

/** Facts about the server that every answer carries. */
export interface ServerIdentity {
  readonly displayName: string;
  readonly timezone: string;
  readonly version: string;
}

/** Compressing saves nothing below this. */
const MIN_COMPRESSED_BYTES = 1024;
/** How long an early refusal lets the rest of a body run out, so that the client reads the answer and not a broken pipe. */
const DRAIN_TIMEOUT_MS = 5000;

/** `queryId` is text that a header may hold, see `readQueryId`. */
export function setCommonHeaders(response: ServerResponse, identity: ServerIdentity, queryId: string): void {
  // An answer holds what somebody wrote into a table: a browser must not take it for a page.
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-ClickHouse-Server-Display-Name', identity.displayName);
  response.setHeader('X-ClickHouse-Timezone', identity.timezone);
  response.setHeader('X-ClickHouse-Query-Id', queryId);
}

/** Sends a result at its reader's speed, compressed when the client accepts it and asked for it. */
export async function sendAnswer(
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse },
  answer: QueryAnswer,
  delivery: AnswerDelivery,
  mayCompress: boolean,
): Promise<void> {
  const { request, response } = exchange;
  response.setHeader('Content-Type', contentType(answer.format));
  response.setHeader('X-ClickHouse-Format', answer.format);
  response.setHeader('X-ClickHouse-Summary', JSON.stringify(answer.summary));
  const encoder =
    mayCompress && answer.bytes.length >= MIN_COMPRESSED_BYTES ? chooseEncoder(request) : undefined;
  if (encoder === undefined) {
    response.setHeader('Content-Length', answer.bytes.length);
    await delivery.send(response, answer.bytes, (slices) => slices);
    return;
  }
  response.setHeader('Content-Encoding', encoder.name);
  response.setHeader('Vary', 'Accept-Encoding');
  await delivery.send(response, answer.bytes, (slices) => encoded(slices, encoder));
}

/** A failure of either end reaches whoever reads the encoder's output. */
function encoded(slices: Iterable<Uint8Array>, encoder: Encoder): AsyncIterable<Uint8Array> {
  return pipeline(Readable.from(slices), encoder.create(), () => undefined);
}

interface Encoder {
  readonly name: string;
  readonly create: () => Gzip | Deflate;
}

const FASTEST = { level: constants.Z_BEST_SPEED };
const ENCODERS: readonly Encoder[] = [
  { name: 'gzip', create: () => createGzip(FASTEST) },
  { name: 'deflate', create: () => createDeflate(FASTEST) },
];

function chooseEncoder(request: IncomingMessage): Encoder | undefined {
  const accepted = (header(request.headers, 'accept-encoding') ?? '')
    .split(',')
    .map((entry) => entry.trim().toLowerCase().split(';'))
    .filter(([, quality]) => quality?.trim() !== 'q=0')
    .map(([name]) => name?.trim());
  return ENCODERS.find((encoder) => accepted.includes(encoder.name));
}

/** Sends an error as the server does. What is left of the request's body is read and dropped. */
export function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  error: ClickHouseError,
  version: string,
): void {
  if (response.headersSent) {
    // The answer is under way: only a broken connection tells the client that it is not whole.
    response.destroy();
    return;
  }
  response.statusCode = httpStatus(error.code);
  response.setHeader('X-ClickHouse-Exception-Code', error.code);
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  if (!request.complete && hasBody(request)) {
    response.setHeader('Connection', 'close');
    request.resume();
    const timer = setTimeout(() => {
      request.destroy();
    }, DRAIN_TIMEOUT_MS);
    timer.unref();
    request.once('close', () => {
      clearTimeout(timer);
    });
  }
  response.end(errorBody(error, version));
}

function hasBody(request: IncomingMessage): boolean {
  return (
    Number(header(request.headers, 'content-length') ?? '0') > 0 ||
    header(request.headers, 'transfer-encoding') !== undefined
  );
}

/** Answers of the interface itself: plain text with no query behind it. */
export function sendText(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.end(text);
}
