import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ANALYST,
  PIPELINE,
  checkEngine,
  exchangeBytes,
  startAttackedEngine,
  type AttackedEngine,
} from './support/attacked-engine.ts';
import { fuzzRawHttp, fuzzSeconds } from './support/raw-http-fuzz.ts';

let attacked: AttackedEngine;
let port: number;

beforeAll(async () => {
  attacked = await startAttackedEngine();
  ({ port } = attacked.engine);
});
afterAll(() => attacked.remove());

const LOGIN = [`X-ClickHouse-User: ${ANALYST.name}`];

/** A request of these lines and no body; resolves with the answer. */
const request = (...lines: readonly string[]): Promise<string> =>
  exchangeBytes(port, `${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`);

describe('one request never ends the engine', () => {
  it.each([
    ['an id that no header can hold', 'GET /ping?query_id=%0A HTTP/1.1', 200],
    ['an id of two lines', 'GET /?query=SELECT%201&query_id=a%0d%0aX-Injected:%201 HTTP/1.1', 400],
    ['an id beyond ASCII', 'GET /?query=SELECT%201&query_id=%E2%98%83 HTTP/1.1', 400],
    ['a format that no header can hold', 'GET /?query=SELECT%201&default_format=TSV%0Ax HTTP/1.1', 404],
    ['a path of slashes', 'GET // HTTP/1.1', 404],
    ['an address in the path', 'GET //[ HTTP/1.1', 404],
    ['a URL that is none', 'GET http://[ HTTP/1.1', 400],
    ['an asterisk', 'OPTIONS * HTTP/1.1', 400],
    ['a broken escape', 'GET /%zz?query=%zz HTTP/1.1', 404],
    ['another protocol', 'GET /ping HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket', 200],
    ['no such encoding', 'POST / HTTP/1.1\r\nContent-Encoding: __proto__\r\nContent-Length: 0', 501],
    [
      'a multipart body without a boundary',
      'POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 0',
      400,
    ],
  ])('%s', async (_, lines, status) => {
    const pid = attacked.engine.pid;
    const answer = await request(lines, 'Host: 127.0.0.1', ...LOGIN);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).not.toMatch(/^X-Injected/im);
    await checkEngine(attacked);
    expect(attacked.engine.pid).toBe(pid);
  });

  it('answers an ordinary query id with itself', async () => {
    const answer = await request(
      'GET /?query=SELECT%201&query_id=mine-1 HTTP/1.1',
      'Host: 127.0.0.1',
      ...LOGIN,
    );
    expect(answer).toMatch(/^X-ClickHouse-Query-Id: mine-1\r$/m);
  });

  it('lives through raw HTTP of every kind', async () => {
    const report = await fuzzRawHttp(
      {
        host: '127.0.0.1',
        port,
        paths: ['/', '/?query=SELECT%201', '/ping', '/query?database=system', '/?param_a=1&max_threads=1'],
        headers: LOGIN,
        bodies: [
          'SELECT 1',
          'SELECT {a:String} FORMAT JSON',
          'INSERT INTO t FORMAT CSV\n1,2',
          'SELECT sleep(0.1)',
        ],
      },
      { seconds: fuzzSeconds(20), checkAlive: () => checkEngine(attacked) },
    );
    expect(report.strangeAnswers).toEqual([]);
    // Some got all the way, most did not.
    expect([...report.answerCounts.keys()]).toEqual(expect.arrayContaining([200, 400]));
  }, 600_000);
});

describe('what an analyst sends holds nobody up', () => {
  const dots = '.'.repeat(200_000);
  const blanks = ' '.repeat(200_000);
  it.each([
    ['an error that quotes a long run of dots', `SELECT noSuchFunction('${dots}')`],
    ['an error that quotes a long run of blanks', `SELECT noSuchFunction('${blanks}x')`],
    ['comments in comments', '/*'.repeat(100_000)],
    ['open quotes', `SELECT ${'"\''.repeat(60_000)}`],
    ['many tokens', `SELECT [${'1,'.repeat(100_000)}1]`],
    ['a statement beyond the bound', `SELECT '${'x'.repeat(3_000_000)}'`],
    ['many second statements', ';'.repeat(200_000)],
  ])('%s', { timeout: 60_000 }, async (_, statement) => {
    const slow = attacked.analyst(statement);
    // The event loop serves others meanwhile; a search that grows with the square takes half a minute.
    const startMs = performance.now();
    for (let count = 0; count < 5; count += 1) {
      expect(await (await fetch(`${attacked.engine.url}/ping`)).text()).toBe('Ok.\n');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect((await slow).text.length).toBeLessThan(1_000_000);
    expect(performance.now() - startMs).toBeLessThan(20_000);
  });
});

describe('a web page gets no answer', () => {
  const query = 'GET /?query=SELECT%20123456 HTTP/1.1';

  it.each([
    ['a name rebound to loopback', ['Host: evil.example']],
    ['a name that begins like a known one', ['Host: localhost.evil.example:8123']],
    ['an address with something before it', ['Host: a@127.0.0.1']],
    ['a Host that is none', ['Host: [']],
    ["another site's script", ['Host: 127.0.0.1', 'Origin: http://evil.example']],
    ['a page without an origin', ['Host: 127.0.0.1', 'Origin: null']],
    ['a page of another port', ['Host: 127.0.0.1', 'Origin: http://127.0.0.1:1']],
    ['an image on a page', ['Host: 127.0.0.1', 'Sec-Fetch-Site: cross-site']],
  ])('%s', async (_, headers) => {
    const answer = await request(query, ...headers, ...LOGIN);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain('Not answered:');
    expect(answer).not.toContain('123456\n');
  });

  it.each([
    ['a program', ['Host: 127.0.0.1']],
    ['a program that says localhost', ['Host: LOCALHOST:8123']],
    ['a program on IPv6', ['Host: [::1]:8123']],
    ['an address typed into a browser', ['Host: 127.0.0.1', 'Sec-Fetch-Site: none']],
    ['a page from this very port', ['Host: 127.0.0.1:8123', 'Origin: http://127.0.0.1:8123']],
  ])('but %s does', async (_, headers) => {
    expect(await request(query, ...headers, ...LOGIN)).toContain('123456\n');
  });

  it('answers HTTP/1.0, which knows no Host, and names that it was told', async () => {
    expect(await request('GET /?query=SELECT%20123456 HTTP/1.0', ...LOGIN)).toContain('123456\n');
    const named = await startAttackedEngine({ allowedHosts: ['sql.example'] });
    try {
      const bytes = [query, 'Host: SQL.example:80', 'Origin: https://sql.example', ...LOGIN].join('\r\n');
      const answer = await exchangeBytes(named.engine.port, `${bytes}\r\nConnection: close\r\n\r\n`);
      expect(answer).toContain('123456\n');
    } finally {
      await named.remove();
    }
  });
});

it('knows the pipeline by its password alone', async () => {
  const asPipeline = (key: string): Promise<string> =>
    request('GET /?query=SELECT%201 HTTP/1.1', 'Host: 127.0.0.1', `X-ClickHouse-User: ${PIPELINE.name}`, key);
  expect(await asPipeline('X-ClickHouse-Key: ')).toMatch(/^HTTP\/1\.1 403 /);
  expect(await asPipeline(`X-ClickHouse-Key: ${PIPELINE.password}`)).toMatch(/^HTTP\/1\.1 200 /);
});

it('starts beyond loopback only when everybody has a password', async () => {
  await expect(startAttackedEngine({ host: '0.0.0.0' })).rejects.toMatchObject({
    code: 'ENGINE_CONFIG_INVALID',
    message: expect.stringContaining('password') as string,
  });
  const users = [PIPELINE, { ...ANALYST, password: 'analyst-secret' }];
  const open = await startAttackedEngine({ host: '0.0.0.0', users });
  try {
    expect(open.engine.url).toBe(`http://127.0.0.1:${open.engine.port}`);
    expect((await open.analyst('SELECT 1')).code).toBe('516');
    expect(await open.pipeline('SELECT 1')).toBe('1\n');
  } finally {
    await open.remove();
  }
});
