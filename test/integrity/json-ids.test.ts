import { createServer, request as requestHttp, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, startCli } from '../support/burnline-cli.ts';
import { LARGE_ID, startToldSeries, type ToldSeries } from '../support/told-series.ts';

/**
 * Goal: whoever reads JSON of Burnline with doubles, as most do, reads every id and every sum to its last digit. The oracle
 * knows nothing of columns: it looks for numbers in the text that a double does not hold.
 */
function roundedNumbers(json: string): readonly string[] {
  const outside = json.replaceAll(/"(?:[^"\\]|\\.)*"/gs, '""');
  const integers = outside.match(/(?<![\w.+-])-?\d+(?![\d.eE])/g) ?? [];
  return integers.filter((text) => BigInt(text) !== BigInt(Number(text)));
}

it('the oracle finds what it looks for', () => {
  expect(roundedNumbers(`{"a":"${LARGE_ID}","b":[1,-2.5,1e3],"c\\"":9007199254740992}`)).toEqual([]);
  expect(roundedNumbers(`{"a\\"":${LARGE_ID},"b":-9007199254740993}`)).toEqual([
    LARGE_ID,
    '-9007199254740993',
  ]);
});

describe('JSON', () => {
  let told: ToldSeries;

  beforeAll(async () => {
    told = await startToldSeries();
  });
  afterAll(() => told.close());

  const answer = async (args: readonly string[], env: Readonly<Record<string, string>> = told.env) => {
    const { exitCode, stdout, stderr } = await runCli(args, { env });
    expect(exitCode, stdout + stderr).toBe(0);
    expect(roundedNumbers(stdout)).toEqual([]);
    return stdout;
  };

  it('of query has 64-bit integers and wider ones as text, by their type and however deep they stand', async () => {
    const sql = `SELECT series, toUInt64(7) AS small, map('cost', toInt128('-${LARGE_ID}${LARGE_ID}')) AS sums,
                        [tuple(series)] AS nested, toUInt32(8) AS narrow, toFloat64(0.5) AS ratio, toUInt256(series) AS wide
                 FROM series WHERE series != 0`;
    const row = JSON.parse(await answer(['--json', 'query', sql])) as object;
    expect(row).toEqual({
      series: LARGE_ID,
      small: '7',
      sums: { cost: `-${LARGE_ID}${LARGE_ID}` },
      nested: [[LARGE_ID]],
      narrow: 8,
      ratio: 0.5,
      wide: LARGE_ID,
    });
    for (const format of ['JSON', 'JSONCompact', 'JSONEachRow'])
      expect(await answer(['query', sql, '--format', format])).toContain(`"${LARGE_ID}"`);
    expect(await answer(['query', `${sql} FORMAT JSONColumns`])).toContain(`"${LARGE_ID}"`);
  });

  it('of query has numbers where the statement asks for them', async () => {
    const sql = 'SELECT count() AS n FROM series SETTINGS output_format_json_quote_64bit_integers = 0';
    expect(JSON.parse(await answer(['--json', 'query', sql]))).toEqual({ n: 2 });
  });

  it('of query is text alone for a user who may change no setting', async () => {
    const server = await startSettingsGate(told.database.url);
    try {
      const env = { ...told.env, CLICKHOUSE_URL: server.url };
      const sql = 'SELECT series, 8 AS narrow FROM series WHERE series != 0';
      expect(JSON.parse(await answer(['--json', 'query', sql], env))).toEqual({
        series: LARGE_ID,
        narrow: '8',
      });
      const tsv = await runCli(['query', sql, '--format', 'TSV'], { env });
      expect(tsv.stdout).toBe(`${LARGE_ID}\t8\n`);
    } finally {
      await server.close();
    }
  });

  it('of status, alerts and webhooks names series by whole keys', async () => {
    expect(JSON.parse(await answer(['--json', 'status']))).toMatchObject({
      series: [{ slo: 'chat-ttft', bad: 5_432_100 }, { slo: 'search-availability' }],
    });
    expect(JSON.parse(await answer(['--json', 'alerts']))).toMatchObject({
      alerts: [{ alertKey: `live|chat-ttft|${LARGE_ID}|1h&5m` }],
    });
    expect(told.webhookBodies).toMatchObject([{ alert_key: `live|chat-ttft|${LARGE_ID}|1h&5m` }]);
    expect(told.webhookBodies.flatMap((body) => roundedNumbers(JSON.stringify(body)))).toEqual([]);
  });

  it('of an intake and of a replay holds no number that is rounded', { timeout: 120_000 }, async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'burnline-json-'));
    const up = startCli([
      '--json',
      'up',
      '--data-dir',
      path.join(root, 'live'),
      '--intake-port',
      '0',
      '--sql-port',
      '0',
    ]);
    try {
      while (!up.stdout().includes('"intake"')) await new Promise((resolve) => setTimeout(resolve, 50));
      const ready = JSON.parse(up.stdout()) as { readonly intake: string };
      const event = `"service":"s","model_requested":"m","status":"ok","duration_ms":1`;
      for (const field of ['input_tokens', 'cost_nano_usd', 'request_id', 'occurred_at', 'duration_ms']) {
        const response = await fetch(`${ready.intake}/v1/events`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: `{${event},"${field}":${LARGE_ID}}`,
        });
        expect(response.status).toBe(400);
        expect(roundedNumbers(await response.text())).toEqual([]);
      }
    } finally {
      up.child.kill('SIGTERM');
      await up.ended;
      up.killAll();
    }
    const history = path.join(root, 'history.ndjson');
    await writeFile(
      history,
      Array.from({ length: 20 }, (_, minute) =>
        JSON.stringify({
          occurred_at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
          service: 'chat',
          model_requested: 'm',
          status: minute < 10 ? 'ok' : 'error',
          duration_ms: 1,
          attributes: { ticket: LARGE_ID },
        }),
      ).join('\n'),
    );
    const specs = new URL('../../examples/quickstart/slos.yaml', import.meta.url).pathname;
    const data = ['--data-dir', path.join(root, 'replayed')];
    await answer(['--json', 'replay', history, '--specs', specs, ...data], {});
    await answer(['--json', 'dead-letters', 'list', ...data], {});
    const sql = "SELECT attributes['ticket'] AS ticket FROM inferences LIMIT 1";
    expect(JSON.parse(await answer(['--json', 'query', sql, ...data], {}))).toEqual({ ticket: LARGE_ID });
    await rm(root, { recursive: true, force: true });
  });
});

/** In front of the engine: refuses settings as ClickHouse does to a user whose profile says `readonly = 1`. */
async function startSettingsGate(target: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const plain = new Set(['database', 'default_format']);
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', target);
    if ([...url.searchParams.keys()].some((name) => !plain.has(name))) {
      request.resume();
      response.writeHead(500, { 'x-clickhouse-exception-code': '164' });
      response.end('Code: 164. DB::Exception: Cannot modify a setting in readonly mode. (READONLY)');
      return;
    }
    // The user's own profile, as the engine sees it.
    url.searchParams.set('readonly', '1');
    const options = { method: request.method ?? 'POST', headers: { ...request.headers, host: url.host } };
    const onward = requestHttp(url, options, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
