/**
 * Draws what a hostile or broken client may write to a port: requests as bytes, each made of parts that are right, odd or
 * wrong. Everything follows from the random numbers that come in, so a seed repeats a run.
 */
export interface RequestParts {
  /** Paths that mean something to the server, so that some requests get past its front door. */
  readonly paths: readonly string[];
  /** Header lines that belong to a right request, credentials for one. Without line ends. */
  readonly headers: readonly string[];
  readonly bodies: readonly string[];
}

/** Uniform in [0, 1). */
export type Random = () => number;

const METHODS = [
  'GET',
  'POST',
  'POST',
  'PUT',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PRI',
  'get',
  'G\0T',
  '',
];
const VERSIONS = [
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/0.9',
  'HTTP/2.0',
  'HTTP/9.9',
  'http',
  '',
];
const ODD_PATHS = [
  '/',
  '//',
  '///x',
  '//[',
  '/\\',
  '/..%2f..%2fetc/passwd',
  '/%',
  '/%zz',
  '/%00',
  '/?',
  '/?%0A',
  '/?%0d%0aX-Injected:%201',
  '?',
  '*',
  '',
  'http://',
  'http://[::1',
  'http://a:b@127.0.0.1:99999/',
  'https://example.invalid/',
  'javascript:0',
  '/\ud83d\udd25',
  '/\u00ff',
];
const PARAMETER_NAMES = [
  'query_id',
  'query',
  'database',
  'default_format',
  'session_id',
  'param_x',
  '__proto__',
];
const PARAMETER_VALUES = [
  '',
  '%0A',
  '%0D%0AX-Injected:%201',
  '%00',
  '%E2%98%83',
  '%FF%FE',
  '%ud83d',
  '\u00ff',
  'SELECT%201',
  'a'.repeat(9000),
];
const HEADERS = [
  'Host: 127.0.0.1',
  'Host: ',
  'Host: [',
  'Host: evil.example',
  'Host: a\r\nHost: b',
  'Origin: null',
  'Origin: http://evil.example',
  'Origin: ://',
  'Connection: upgrade\r\nUpgrade: websocket',
  'Connection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
  'Connection: close',
  'Connection: keep-alive',
  'Expect: 100-continue',
  'Expect: nonsense',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: identity',
  'Content-Encoding: gzip',
  'Content-Encoding: deflate',
  'Content-Encoding: br',
  'Content-Encoding: zstd',
  'Content-Encoding: lz4',
  'Content-Encoding: __proto__',
  'Content-Type: application/json',
  'Content-Type: multipart/form-data',
  'Content-Type: multipart/form-data; boundary=',
  'Content-Type: multipart/form-data; boundary=b',
  'Content-Type: ;;;',
  'Accept-Encoding: gzip;q=nan, *;q=0',
  'Authorization: Basic',
  'Authorization: Basic \u00ff',
  'Authorization: Basic OjpYOg==',
  'Authorization: Bearer x',
  'X-Odd: \u00ff\u00fe',
  'X-Folded: a\r\n b',
  'X Space: a',
  ': empty',
  'no-colon',
  'X-Nul: a\0b',
  `X-Long: ${'a'.repeat(20_000)}`,
];
const BODIES = [
  '',
  '{}',
  '[]',
  '\0',
  '\u001f\u008b\u0008\0\0\0',
  '--b\r\n\r\n--b--',
  '--b\r\nContent-Disposition: form-data; name="query"\r\n\r\nSELECT 1\r\n--b--\r\n',
  '--b\r\nContent-Disposition: form-data; name="query"; filename="x"\r\n\r\n1\r\n--b--\r\n',
  '{"a":'.repeat(200),
  'x'.repeat(100_000),
];
/** Bytes that are no HTTP at all: a TLS greeting, HTTP/2's preface, a PROXY line, binary noise. */
const FOREIGN = [
  '\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n',
  '\0'.repeat(64),
  '\r\n'.repeat(50),
];

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error('there is nothing to pick from');
  return value;
}

/** Bytes of one connection: usually one request, sometimes several in one go, sometimes none that is one. */
export function drawConnectionBytes(random: Random, parts: RequestParts): Buffer {
  if (random() < 0.05) return Buffer.from(pick(random, FOREIGN), 'latin1');
  const requestCount = random() < 0.2 ? 2 + Math.floor(random() * 20) : 1;
  const requests = Array.from({ length: requestCount }, () => drawRequest(random, parts));
  const bytes = Buffer.concat(requests);
  if (random() < 0.15) return bytes.subarray(0, Math.floor(random() * bytes.length));
  if (random() < 0.1) return withFlippedBytes(random, bytes);
  return bytes;
}

function drawRequest(random: Random, parts: RequestParts): Buffer {
  const isRight = random() < 0.4;
  const method = isRight ? pick(random, ['GET', 'POST', 'POST']) : pick(random, METHODS);
  const version = isRight ? 'HTTP/1.1' : pick(random, VERSIONS);
  const headers = random() < 0.7 ? ['Host: 127.0.0.1', ...parts.headers] : [];
  const oddCount = Math.floor(random() * 4);
  for (let count = 0; count < oddCount; count += 1) headers.push(pick(random, HEADERS));
  const body = Buffer.from(pick(random, [...BODIES, ...parts.bodies, ...parts.bodies]), 'latin1');
  const framed = drawFraming(random, body);
  const lines = [`${method} ${drawTarget(random, parts)} ${version}`, ...headers, ...framed.headers];
  const lineEnd = random() < 0.95 ? '\r\n' : '\n';
  return Buffer.concat([Buffer.from(lines.join(lineEnd) + lineEnd + lineEnd), framed.bytes]);
}

function drawTarget(random: Random, parts: RequestParts): string {
  const path = random() < 0.6 ? pick(random, parts.paths) : pick(random, ODD_PATHS);
  const parameterCount = Math.floor(random() * 3);
  const parameters = Array.from(
    { length: parameterCount },
    () => `${pick(random, PARAMETER_NAMES)}=${pick(random, PARAMETER_VALUES)}`,
  );
  if (parameters.length === 0) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${parameters.join('&')}`;
}

function drawFraming(
  random: Random,
  body: Buffer,
): { readonly headers: readonly string[]; readonly bytes: Buffer } {
  const length = body.length;
  return pick<() => { readonly headers: readonly string[]; readonly bytes: Buffer }>(random, [
    () => ({ headers: [`Content-Length: ${length}`], bytes: body }),
    () => ({ headers: [`Content-Length: ${length}`], bytes: body }),
    () => ({ headers: [`Content-Length: ${length + 10}`], bytes: body }),
    () => ({ headers: [`Content-Length: ${Math.floor(length / 2)}`], bytes: body }),
    () => ({ headers: ['Content-Length: -1'], bytes: body }),
    () => ({ headers: ['Content-Length: 99999999999999999999'], bytes: body }),
    () => ({ headers: ['Content-Length: 1', 'Content-Length: 2'], bytes: body }),
    () => ({ headers: ['Transfer-Encoding: chunked'], bytes: chunked(body) }),
    () => ({ headers: ['Transfer-Encoding: chunked'], bytes: chunked(body).subarray(0, -3) }),
    () => ({ headers: ['Transfer-Encoding: chunked'], bytes: Buffer.from('zz\r\nx\r\n0\r\n\r\n') }),
    () => ({ headers: ['Transfer-Encoding: chunked'], bytes: Buffer.from('ffffffffffffffff\r\nx') }),
    () => ({ headers: ['Transfer-Encoding: chunked'], bytes: Buffer.from('0\r\nX-Trailer: \0\r\n\r\n') }),
    () => ({
      headers: ['Transfer-Encoding: chunked', `Content-Length: ${length}`],
      bytes: chunked(body),
    }),
    () => ({ headers: [], bytes: random() < 0.5 ? body : Buffer.alloc(0) }),
  ])();
}

function chunked(body: Buffer): Buffer {
  const size = body.length === 0 ? '' : `${body.length.toString(16)}\r\n`;
  const end = body.length === 0 ? '' : '\r\n';
  return Buffer.concat([Buffer.from(size), body, Buffer.from(`${end}0\r\n\r\n`)]);
}

function withFlippedBytes(random: Random, bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  const flipCount = 1 + Math.floor(random() * 8);
  for (let count = 0; count < flipCount && flipped.length > 0; count += 1) {
    flipped[Math.floor(random() * flipped.length)] = Math.floor(random() * 256);
  }
  return flipped;
}
