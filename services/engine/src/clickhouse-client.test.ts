import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANALYST, PIPELINE, startEngineFixture, type EngineFixture } from './testing/engine-fixture.ts';

/** Refusals are what some of these tests are about. */
const QUIET = { level: ClickHouseLogLevel.OFF } as const;

describe('@clickhouse/client against the engine', () => {
  let fixture: EngineFixture;
  let client: ClickHouseClient;

  beforeAll(async () => {
    fixture = await startEngineFixture();
    client = createClient({
      url: fixture.engine.url,
      username: PIPELINE.name,
      password: PIPELINE.password,
      log: QUIET,
      compression: { request: true, response: true },
    });
    await client.command({
      query:
        "CREATE TABLE t (id UInt64, name String, at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY id",
    });
  });
  afterAll(async () => {
    await client.close();
    await fixture.remove();
  });

  it('answers a ping', async () => {
    expect(await client.ping()).toEqual({ success: true });
  });

  it('inserts JSONEachRow and reports the rows written', async () => {
    const values = Array.from({ length: 1000 }, (_, id) => ({
      id,
      name: `n'${id}\n\\`,
      at: '2026-01-01 00:00:00.123',
    }));
    const inserted = await client.insert({ table: 't', values, format: 'JSONEachRow' });
    expect(inserted.executed).toBe(true);
    expect(inserted.summary?.written_rows).toBe('1000');
    const result = await client.query({ query: 'SELECT * FROM t ORDER BY id', format: 'JSONEachRow' });
    const rows = await result.json<{ id: number | string; name: string; at: string }>();
    expect(rows.map((row) => ({ ...row, id: Number(row.id) }))).toEqual(values);
  });

  it('binds query parameters of every kind, whatever they contain', async () => {
    const hostile = '\'; DROP TABLE t; --\t\n\\ {x:String} `"é';
    const result = await client.query({
      query:
        "SELECT {text:String} AS text, {list:Array(String)} AS list, {map:Map(String, UInt8)} AS map, {nothing:Nullable(String)} AS nothing, {n:UInt64} AS n, {at:DateTime('UTC')} AS at",
      query_params: {
        text: hostile,
        list: [hostile, 'b'],
        map: { k: 1 },
        nothing: null,
        n: 7,
        at: new Date(Date.UTC(2026, 0, 2)),
      },
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([
      { text: hostile, list: [hostile, 'b'], map: { k: 1 }, nothing: null, n: 7, at: '2026-01-02 00:00:00' },
    ]);
    expect(await count('t')).toBeGreaterThan(0);
  });

  it('does not let a parameter of an earlier request answer for a missing one', async () => {
    // As many requests as there are sessions, so that one of them meets the session that knows the name.
    for (let round = 0; round < 4; round += 1) {
      await client.query({ query: 'SELECT {secret:String}', query_params: { secret: 's' } });
    }
    const query = client.query({ query: 'SELECT {secret:String}' });
    await expect(query).rejects.toMatchObject({ code: '456', type: 'UNKNOWN_QUERY_PARAMETER' });
  });

  it('applies settings to one request only', async () => {
    const setting = "SELECT getSetting('max_block_size') AS size";
    const size = async (settings: Record<string, string>): Promise<unknown> => {
      const result = await client.query({
        query: setting,
        format: 'JSONEachRow',
        clickhouse_settings: settings,
      });
      return result.json();
    };
    const [before] = (await size({})) as { size: number }[];
    expect(await size({ max_block_size: '1234' })).toEqual([{ size: 1234 }]);
    for (let round = 0; round < 4; round += 1) expect(await size({})).toEqual([before]);
  });

  it('streams a result of many rows', async () => {
    const result = await client.query({
      query: 'SELECT number FROM numbers(200000)',
      format: 'JSONEachRow',
    });
    let next = 0;
    for await (const rows of result.stream<{ number: string | number }>()) {
      for (const row of rows) {
        expect(Number(row.json().number)).toBe(next);
        next += 1;
      }
    }
    expect(next).toBe(200_000);
  });

  it('hands over raw bytes of a binary insert with exec', async () => {
    await client.command({ query: 'CREATE TABLE raw (id UInt32) ENGINE = MergeTree ORDER BY id' });
    const bytes = Buffer.alloc(4 * 500);
    for (let id = 0; id < 500; id += 1) bytes.writeUInt32LE(id, id * 4);
    const result = await client.exec({
      query: 'INSERT INTO raw FORMAT RowBinary',
      values: Readable.from([bytes], { objectMode: false }),
    });
    result.stream.resume();
    expect(result.summary?.written_rows).toBe('500');
    expect(await count('raw')).toBe(500);
  });

  it('reports errors with code and type', async () => {
    const missing = client.query({ query: 'SELECT * FROM nowhere' });
    await expect(missing).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
    const syntax = client.query({ query: 'selec 1' });
    await expect(syntax).rejects.toMatchObject({ code: '62', type: 'SYNTAX_ERROR' });
    const stranger = createClient({
      url: fixture.engine.url,
      username: 'burnline',
      password: 'wrong',
      log: QUIET,
    });
    const refused = stranger.query({ query: 'SELECT 1' });
    await expect(refused).rejects.toMatchObject({ code: '516', type: 'AUTHENTICATION_FAILED' });
    await stranger.close();
  });

  it('selects another database for one request', async () => {
    await client.command({ query: 'CREATE DATABASE IF NOT EXISTS `o"dd``` ENGINE = Atomic' });
    const other = createClient({
      url: fixture.engine.url,
      username: ANALYST.name,
      password: ANALYST.password,
      database: 'o"dd`',
    });
    const result = await other.query({ query: 'SELECT currentDatabase() AS name', format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ name: 'o"dd`' }]);
    await other.close();
    const back = await client.query({ query: 'SELECT currentDatabase() AS name', format: 'JSONEachRow' });
    expect(await back.json()).toEqual([{ name: 'default' }]);
  });

  it('sends long parameters as a multipart body', async () => {
    const text = 'x'.repeat(100_000);
    const result = await client.query({
      query: 'SELECT length({text:String}) AS size',
      query_params: { text },
      use_multipart_params: true,
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([{ size: 100_000 }]);
  });

  async function count(table: string): Promise<number> {
    const result = await client.query({ query: `SELECT count() AS n FROM ${table}`, format: 'JSONEachRow' });
    const [row] = await result.json<{ n: string }>();
    return Number(row?.n);
  }
});
