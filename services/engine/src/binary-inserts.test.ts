import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send, sql, startEngineFixture, writtenRows, type EngineFixture } from './testing/engine-fixture.ts';

const COLUMNS =
  "id UInt32, name LowCardinality(String), note Nullable(String), at DateTime64(6, 'UTC'), tags Map(String, Float64), ids Array(UInt64)";
const ROWS = 20_000;
const GENERATE = `SELECT toUInt32(number) AS id, concat('n', toString(number % 7)) AS name,
  if(number % 3 = 0, NULL, concat('x''\\n\\t', toString(number))) AS note,
  toDateTime64('2026-01-01 00:00:00', 6, 'UTC') + toIntervalMicrosecond(number) AS at,
  map('a', number / 4) AS tags, range(number % 5) AS ids FROM numbers(${ROWS})`;
/** Strings come back as bytes in some formats and as text in others; a hash over text forms compares them all. */
const FINGERPRINT =
  "SELECT count(), sum(cityHash64(id, name, ifNull(note, '<null>'), toUnixTimestamp64Micro(at), toString(tags), ids)) FROM";

describe('inserts in every kind of format', () => {
  let fixture: EngineFixture;
  let expected: string;

  beforeAll(async () => {
    fixture = await startEngineFixture();
    await sql(fixture.engine, `CREATE TABLE source (${COLUMNS}) ENGINE = MergeTree ORDER BY id`);
    await sql(fixture.engine, `INSERT INTO source ${GENERATE}`);
    expected = await sql(fixture.engine, `${FINGERPRINT} source`);
  });
  afterAll(() => fixture.remove());

  it.each([
    'Native',
    'RowBinary',
    'RowBinaryWithNamesAndTypes',
    'Avro',
    'Parquet',
    'ArrowStream',
    'MsgPack',
    'JSONEachRow',
    'TabSeparatedWithNames',
    'CSV',
    'Values',
  ])('keeps every value and counts every row in %s', async (format) => {
    const table = `copy_${format}`;
    await sql(fixture.engine, `CREATE TABLE ${table} (${COLUMNS}) ENGINE = MergeTree ORDER BY id`);
    const rows = await send(fixture.engine, { body: `SELECT * FROM source ORDER BY id FORMAT ${format}` });
    const answer = await send(fixture.engine, {
      parameters: {
        query: `INSERT INTO ${table} SETTINGS input_format_parallel_parsing = 1 FORMAT ${format}`,
      },
      body: new Uint8Array(rows.bytes),
    });
    expect(answer.text).toBe('');
    expect(writtenRows(answer)).toBe(ROWS);
    expect(await sql(fixture.engine, `${FINGERPRINT} ${table}`)).toBe(expected);
  });

  it('takes a Native block written by hand, with the statement in the same body', async () => {
    await sql(fixture.engine, 'CREATE TABLE native (id UInt32, name String) ENGINE = MergeTree ORDER BY id');
    const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
    const block = [2, 3, ...text('id'), ...text('UInt32'), 1, 0, 0, 0, 2, 0, 0, 0, 10, 13, 0, 0];
    block.push(...text('name'), ...text('String'), ...text('a'), ...text(''), ...text("';--"));
    const statement = Buffer.from('INSERT INTO native (id, name) FORMAT Native\r\n');
    const answer = await send(fixture.engine, {
      body: new Uint8Array(Buffer.concat([statement, Buffer.from(block)])),
    });
    expect(answer.text).toBe('');
    expect(writtenRows(answer)).toBe(3);
    expect(await sql(fixture.engine, 'SELECT * FROM native ORDER BY id')).toBe(`1\ta\n2\t\n3338\t\\';--\n`);
  });

  it('passes rows through a SELECT over input()', async () => {
    await sql(
      fixture.engine,
      'CREATE TABLE doubled (id UInt64, twice UInt64) ENGINE = MergeTree ORDER BY id',
    );
    const answer = await send(fixture.engine, {
      parameters: {
        query:
          "INSERT INTO doubled (id, twice) SELECT a, a * {factor:UInt8} FROM input('a UInt64, b String') WHERE a > 1 FORMAT JSONEachRow",
        param_factor: '2',
      },
      body: '{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n{"a":3,"b":"z"}\n',
    });
    expect(answer.text).toBe('');
    // The SELECT decides how many rows arrive, and the engine does not say.
    expect(writtenRows(answer)).toBeUndefined();
    expect(await sql(fixture.engine, 'SELECT * FROM doubled ORDER BY id')).toBe('2\t4\n3\t6\n');
  });

  it('counts rows of the target alone when a materialized view copies them', async () => {
    await sql(fixture.engine, 'CREATE TABLE watched (id UInt64) ENGINE = MergeTree ORDER BY id');
    await sql(fixture.engine, 'CREATE TABLE seen (id UInt64) ENGINE = MergeTree ORDER BY id');
    await sql(fixture.engine, 'CREATE MATERIALIZED VIEW watcher TO seen AS SELECT id FROM watched');
    const answer = await send(fixture.engine, { body: 'INSERT INTO watched VALUES (1), (2), (3)' });
    expect(writtenRows(answer)).toBe(3);
    expect(await sql(fixture.engine, 'SELECT count() FROM seen')).toBe('3\n');
  });

  it('counts more rows than one block holds, and none for an empty body', async () => {
    await sql(fixture.engine, 'CREATE TABLE many (id UInt64) ENGINE = MergeTree ORDER BY id');
    const count = 1_500_000;
    const rows = Buffer.alloc(count * 8);
    for (let id = 0; id < count; id += 1) rows.writeUInt32LE(id, id * 8);
    const query = 'INSERT INTO many FORMAT RowBinary';
    const answer = await send(fixture.engine, { parameters: { query }, body: new Uint8Array(rows) });
    expect(writtenRows(answer)).toBe(count);
    expect(await sql(fixture.engine, 'SELECT count(), uniqExact(id) FROM many')).toBe(`${count}\t${count}\n`);
    const empty = await send(fixture.engine, { parameters: { query } });
    expect(empty.status).toBe(200);
    expect(writtenRows(empty)).toBe(0);
  });

  it('inserts nothing of a truncated block, and removes the file in any case', async () => {
    await sql(fixture.engine, `CREATE TABLE broken (${COLUMNS}) ENGINE = MergeTree ORDER BY id`);
    const rows = await send(fixture.engine, { body: 'SELECT * FROM source ORDER BY id FORMAT Native' });
    const answer = await send(fixture.engine, {
      parameters: { query: 'INSERT INTO broken FORMAT Native' },
      body: new Uint8Array(rows.bytes.subarray(0, rows.bytes.length - 100)),
    });
    expect(answer.status).not.toBe(200);
    expect(await sql(fixture.engine, 'SELECT count() FROM broken')).toBe('0\n');
    expect(await readdir(join(fixture.dataDirectory, 'incoming'))).toEqual([]);
  });
});
