import { execFile } from 'node:child_process';
import { createConnection } from 'node:net';
import { promisify } from 'node:util';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ANALYST,
  PIPELINE,
  send,
  sql,
  startEngineFixture,
  writtenRows,
  type EngineFixture,
} from './testing/engine-fixture.ts';

const run = promisify(execFile);
const MEBIBYTE = 1024 * 1024;

describe("ClickHouse's HTTP interface", () => {
  let fixture: EngineFixture;
  const login = `${PIPELINE.name}:${PIPELINE.password}`;
  const curl = async (...arguments_: readonly string[]): Promise<string> =>
    (await run('curl', ['--silent', '--show-error', '--max-time', '30', ...arguments_])).stdout;

  beforeAll(async () => {
    fixture = await startEngineFixture({ maxBodyBytes: MEBIBYTE });
    await sql(fixture.engine, 'CREATE TABLE t (a UInt64, b String) ENGINE = MergeTree ORDER BY a');
  });
  afterAll(() => fixture.remove());

  describe('with curl', () => {
    it('answers health checks without credentials', async () => {
      expect(await curl(`${fixture.engine.url}/ping`)).toBe('Ok.\n');
      expect(await curl(`${fixture.engine.url}/`)).toBe('Ok.\n');
    });

    it('takes a query from the URL, from the body and from both', async () => {
      const base = ['--user', login, fixture.engine.url];
      expect(await curl('--get', '--data-urlencode', 'query=SELECT 1', ...base)).toBe('1\n');
      expect(await curl('--data-binary', 'SELECT 2', ...base)).toBe('2\n');
      expect(
        await curl('--user', login, '--data-binary', '+ 2', `${fixture.engine.url}/?query=SELECT%201`),
      ).toBe('3\n');
    });

    it('inserts from a query in the URL and rows in the body', async () => {
      const url = `${fixture.engine.url}/?query=INSERT%20INTO%20t%20FORMAT%20CSV`;
      await curl('--user', login, '--fail', '--data-binary', '1,"x, y"\n2,"z"\n', url);
      expect(await sql(fixture.engine, 'SELECT * FROM t ORDER BY a')).toBe('1\tx, y\n2\tz\n');
    });

    it('reads compressed answers', async () => {
      const url = `${fixture.engine.url}/?enable_http_compression=1`;
      const text = await curl(
        '--user',
        login,
        '--compressed',
        '--data-binary',
        'SELECT number FROM numbers(5000)',
        url,
      );
      expect(text.trimEnd().split('\n')).toHaveLength(5000);
    });
  });

  it.each([
    ['headers', { 'X-ClickHouse-User': PIPELINE.name, 'X-ClickHouse-Key': PIPELINE.password }, {}, 200],
    ['Basic', { Authorization: `Basic ${Buffer.from(login).toString('base64')}` }, {}, 200],
    ['URL parameters', {}, { user: PIPELINE.name, password: PIPELINE.password }, 200],
    [
      'a wrong password',
      { 'X-ClickHouse-User': PIPELINE.name, 'X-ClickHouse-Key': ANALYST.password },
      {},
      403,
    ],
    ['an unknown user', { 'X-ClickHouse-User': 'nobody', 'X-ClickHouse-Key': '' }, {}, 403],
    ['no credentials', {}, {}, 403],
    ['another scheme', { Authorization: 'Bearer abc' }, {}, 403],
    [
      'two places',
      { 'X-ClickHouse-User': PIPELINE.name, Authorization: `Basic ${Buffer.from(login).toString('base64')}` },
      {},
      403,
    ],
  ] as const)('judges credentials in %s', async (_, headers, parameters, status) => {
    const url = new URL(fixture.engine.url);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const response = await fetch(url, { method: 'POST', headers, body: 'SELECT 1' });
    expect(response.status).toBe(status);
    expect(response.headers.get('x-clickhouse-exception-code')).toBe(status === 200 ? null : '516');
    expect(await response.text()).toMatch(status === 200 ? /^1\n$/ : /AUTHENTICATION_FAILED/);
  });

  it("names format, query and server in the answer's headers", async () => {
    const answer = await send(fixture.engine, {
      parameters: { query_id: 'my-query', default_format: 'JSON' },
      body: 'SELECT 1 AS a FORMAT JSONEachRow',
    });
    expect(answer.text).toBe('{"a":1}\n');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/x-ndjson; charset=UTF-8',
      'x-clickhouse-format': 'JSONEachRow',
      'x-clickhouse-query-id': 'my-query',
      'x-clickhouse-timezone': 'UTC',
    });
    expect(answer.headers.get('x-clickhouse-server-display-name')).not.toBe('');
  });

  it.each([
    [{ default_format: 'CSV' }, {}, '"a"\n'],
    [{}, { 'X-ClickHouse-Format': 'CSV' }, '"a"\n'],
    [{}, {}, 'a\n'],
  ])('falls back from the default format to tab-separated', async (parameters, headers, text) => {
    expect((await send(fixture.engine, { parameters, headers, body: "SELECT 'a'" })).text).toBe(text);
  });

  it.each([
    ['SELECT * FROM nowhere', 404, 60],
    ['SELECT nosuchfunction()', 404, 46],
    ['SELEC 1', 400, 62],
    ['', 400, 62],
    ['SELECT 1; SELECT 2', 400, 62],
    ["SELECT throwIf(1, 'no')", 500, 395],
    ["SELECT toUInt8('x')", 400, 6],
    ['SELECT 1 FORMAT Nonsense', 404, 73],
    ['SELECT 1 SETTINGS nonsense = 1', 404, 115],
    ["INSERT INTO t FROM INFILE '/etc/passwd' FORMAT LineAsString", 404, 78],
    ['INSERT INTO t', 400, 62],
    ['SELECT {p:UInt8}', 500, 456],
  ])('answers %s with status %i and code %i', async (statement, status, code) => {
    const answer = await send(fixture.engine, { body: statement });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-clickhouse-exception-code')).toBe(`${code}`);
    expect(answer.text).toMatch(/^Code: \d+\. DB::Exception: .+\. \([A-Z_]+\) \(version [\d.]+\)\n$/s);
    expect(answer.text.match(/DB::Exception/g)).toHaveLength(1);
  });

  it('changes nothing with GET', async () => {
    const query = 'CREATE TABLE by_get (a UInt8) ENGINE = MergeTree ORDER BY a';
    const answer = await send(fixture.engine, { method: 'GET', parameters: { query } });
    expect(answer.headers.get('x-clickhouse-exception-code')).toBe('164');
    expect(await sql(fixture.engine, 'EXISTS by_get')).toBe('0\n');
  });

  it('keeps nothing of SET, USE and temporary tables for later requests', async () => {
    await sql(fixture.engine, 'SET max_block_size = 77');
    await sql(fixture.engine, 'USE system');
    await sql(fixture.engine, 'CREATE TEMPORARY TABLE gone (a UInt8)');
    for (let round = 0; round < 6; round += 1) {
      expect(await sql(fixture.engine, "SELECT getSetting('max_block_size') != 77, currentDatabase()")).toBe(
        '1\tdefault\n',
      );
      expect(await sql(fixture.engine, 'EXISTS TEMPORARY TABLE gone')).toBe('0\n');
    }
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('decompresses a %s request', async (encoding, compress) => {
    const answer = await send(fixture.engine, {
      headers: { 'Content-Encoding': encoding },
      body: new Uint8Array(compress('INSERT INTO t FORMAT JSONEachRow {"a":7}')),
    });
    expect(answer.text).toBe('');
    expect(writtenRows(answer)).toBe(1);
  });

  it('compresses an answer only when asked to', async () => {
    const ask = async (parameters: Record<string, string>): Promise<string | null> => {
      const answer = await send(fixture.engine, {
        parameters,
        headers: { 'Accept-Encoding': 'gzip' },
        body: 'SELECT number FROM numbers(5000)',
      });
      expect(answer.text.trimEnd().split('\n')).toHaveLength(5000);
      return answer.headers.get('content-encoding');
    };
    expect(await ask({ enable_http_compression: '1' })).toBe('gzip');
    expect(await ask({})).toBeNull();
  });

  it.each([
    ['plain', (body: Buffer) => ({ body: new Uint8Array(body), headers: {} })],
    [
      'gzip',
      (body: Buffer) => ({ body: new Uint8Array(gzipSync(body)), headers: { 'Content-Encoding': 'gzip' } }),
    ],
  ])('refuses a body that is too large after decompression: %s', async (_, encode) => {
    const before = await sql(fixture.engine, 'SELECT count() FROM t');
    const rows = Buffer.from('{"a":1,"b":"0123456789"}\n'.repeat(100_000));
    const { body, headers } = encode(rows);
    const answer = await send(fixture.engine, {
      parameters: { query: 'INSERT INTO t FORMAT JSONEachRow' },
      headers,
      body,
    });
    expect(answer.status).toBe(413);
    expect(answer.headers.get('x-clickhouse-exception-code')).toBe('229');
    expect(await sql(fixture.engine, 'SELECT count() FROM t')).toBe(before);
  });

  it('refuses what it cannot decompress', async () => {
    const garbage = await send(fixture.engine, {
      headers: { 'Content-Encoding': 'gzip' },
      body: 'SELECT 1',
    });
    expect(garbage.headers.get('x-clickhouse-exception-code')).toBe('271');
    const unknown = await send(fixture.engine, {
      headers: { 'Content-Encoding': 'rot13' },
      body: 'SELECT 1',
    });
    expect(unknown.status).toBe(501);
    const native = await send(fixture.engine, { parameters: { compress: '1' }, body: 'SELECT 1' });
    expect(native.status).toBe(501);
  });

  it('inserts nothing when the client breaks off in the middle of its rows', async () => {
    const before = await sql(fixture.engine, 'SELECT count() FROM t');
    const head = [
      'POST /?query=INSERT%20INTO%20t%20FORMAT%20JSONEachRow HTTP/1.1',
      'Host: localhost',
      `X-ClickHouse-User: ${PIPELINE.name}`,
      `X-ClickHouse-Key: ${PIPELINE.password}`,
      'Content-Length: 1000',
      '',
      '{"a":1}\n',
    ].join('\r\n');
    await new Promise<void>((resolve, reject) => {
      const socket = createConnection(fixture.engine.port, '127.0.0.1', () => {
        socket.write(head, () => socket.destroy());
      });
      socket.once('close', () => resolve());
      socket.once('error', reject);
    });
    expect(await sql(fixture.engine, 'SELECT count() FROM t')).toBe(before);
  });

  it('answers other paths with 404', async () => {
    expect((await fetch(`${fixture.engine.url}/nowhere`)).status).toBe(404);
  });
});
