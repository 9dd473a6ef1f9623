import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ANALYST, send, sql, startEngineFixture, type EngineFixture } from './testing/engine-fixture.ts';

/** Runs for as long as an analyst may; nobody's test waits for its end. */
const ENDLESS = 'SELECT count() FROM numbers(1000000000000) WHERE number % 7 = 3';

/** A refusal takes a few milliseconds; what is unanswered after this time waits. */
const UNANSWERED_MS = 300;

describe('pools of sessions', () => {
  let fixture: EngineFixture;
  const analystQueries = async (): Promise<number> =>
    Number(
      await sql(fixture.engine, "SELECT count() FROM system.processes WHERE Settings['readonly'] = '2'"),
    );
  const cancelAnalysts = async (): Promise<void> => {
    await sql(fixture.engine, "KILL QUERY WHERE Settings['readonly'] = '2' ASYNC");
    await vi.waitFor(async () => expect(await analystQueries()).toBe(0));
  };

  beforeAll(async () => {
    fixture = await startEngineFixture({
      sessionCounts: { write: 2, read: 2, analyst: 1 },
      maxWaitingCount: 2,
      waitTimeoutMs: 20_000,
    });
    await sql(
      fixture.engine,
      'CREATE TABLE t (worker UInt8, n UInt32) ENGINE = MergeTree ORDER BY (worker, n)',
    );
  });
  afterAll(() => fixture.remove());

  it("finish twenty pipeline inserts and reads while an analyst's query is still running", async () => {
    let isFinished = false;
    const slow = send(fixture.engine, { user: ANALYST, body: ENDLESS }).then((answer) => {
      isFinished = true;
      return answer;
    });
    await vi.waitFor(async () => expect(await analystQueries()).toBe(1));
    for (let n = 0; n < 20; n += 1) {
      await sql(fixture.engine, `INSERT INTO t VALUES (100, ${n})`);
      expect(await sql(fixture.engine, 'SELECT count() FROM t WHERE worker = 100')).toBe(`${n + 1}\n`);
    }
    expect(isFinished).toBe(false);
    await cancelAnalysts();
    expect((await slow).headers.get('x-clickhouse-exception-code')).toBe('394');
  });

  it('refuse with code 202 what neither runs nor waits, and drop waiting requests whose client left', async () => {
    const running = send(fixture.engine, { user: ANALYST, body: ENDLESS });
    await vi.waitFor(async () => expect(await analystQueries()).toBe(1));
    const leaving = new AbortController();
    const left = send(fixture.engine, { user: ANALYST, body: 'SELECT 1', signal: leaving.signal });
    const patient = send(fixture.engine, { user: ANALYST, body: 'SELECT 2' });
    const refused = vi.waitFor(async () => {
      const answer = await send(fixture.engine, { user: ANALYST, body: 'SELECT 3' });
      expect(answer.headers.get('x-clickhouse-exception-code')).toBe('202');
      expect(answer.text).toContain('TOO_MANY_SIMULTANEOUS_QUERIES');
    });
    await refused;
    leaving.abort();
    await expect(left).rejects.toThrow('abort');
    // Its place in the queue is free again: one more request may wait, and is not refused.
    const late = await vi.waitFor(async () => {
      const answer = send(fixture.engine, { user: ANALYST, body: 'SELECT 4' });
      const unanswered = new Promise((resolve) => setTimeout(resolve, UNANSWERED_MS, 'waiting'));
      expect(await Promise.race([answer.then((early) => early.text), unanswered])).toBe('waiting');
      return { answer };
    });
    await cancelAnalysts();
    expect((await running).headers.get('x-clickhouse-exception-code')).toBe('394');
    expect((await patient).text).toBe('2\n');
    expect((await late.answer).text).toBe('4\n');
  });

  it('run inserts, schema changes and bound queries side by side without mixing them up', async () => {
    const worker = async (id: number): Promise<void> => {
      for (let n = 0; n < 60; n += 1) {
        const marker = `${id}-${n}`;
        const bound = await send(fixture.engine, {
          parameters: { param_p: marker, max_block_size: `${1000 + n}` },
          body: "SELECT {p:String}, getSetting('max_block_size')",
        });
        expect(bound.text).toBe(`${marker}\t${1000 + n}\n`);
        await sql(fixture.engine, `INSERT INTO t VALUES (${id}, ${n})`);
        if (n % 20 === 0) {
          const table = `side_${id}_${n}`;
          await sql(fixture.engine, `CREATE TABLE ${table} (a UInt8) ENGINE = MergeTree ORDER BY a`);
          await sql(fixture.engine, `ALTER TABLE ${table} ADD COLUMN b String`);
          await sql(fixture.engine, `DROP TABLE ${table} SYNC`);
        }
      }
    };
    await Promise.all([1, 2, 3].map(worker));
    expect(await sql(fixture.engine, 'SELECT count(), uniqExact(worker, n) FROM t WHERE worker < 100')).toBe(
      '180\t180\n',
    );
  });

  it('read, and kill, while every session that writes is busy', async () => {
    const writes = [1, 2].map(() =>
      send(fixture.engine, {
        body: `INSERT INTO FUNCTION null('n UInt64') SELECT number FROM numbers(1000000000000) WHERE number % 7 = 3`,
      }),
    );
    const running = "query LIKE 'INSERT INTO FUNCTION null%'";
    await vi.waitFor(async () =>
      expect(await sql(fixture.engine, `SELECT count() FROM system.processes WHERE ${running}`)).toBe('2\n'),
    );
    expect(await sql(fixture.engine, 'SELECT 1')).toBe('1\n');
    await sql(fixture.engine, `KILL QUERY WHERE ${running} ASYNC`);
    const codes = (await Promise.all(writes)).map((answer) =>
      answer.headers.get('x-clickhouse-exception-code'),
    );
    expect(codes).toEqual(['394', '394']);
  });

  it('refuse a request that waited too long', async () => {
    const hasty = await startEngineFixture({
      sessionCounts: { write: 1, read: 1, analyst: 1 },
      waitTimeoutMs: 50,
    });
    try {
      const running = send(hasty.engine, { user: ANALYST, body: ENDLESS });
      // Not before it runs: on a busy machine it would be the one that waits.
      await vi.waitFor(async () => {
        const count = "SELECT count() FROM system.processes WHERE Settings['readonly'] = '2'";
        expect(await sql(hasty.engine, count)).toBe('1\n');
      }, 20_000);
      await vi.waitFor(async () => {
        const answer = await send(hasty.engine, { user: ANALYST, body: 'SELECT 1' });
        expect(answer.headers.get('x-clickhouse-exception-code')).toBe('202');
        expect(answer.text).toContain('none became free within 50 ms');
      }, 20_000);
      await hasty.engine.stop();
      expect((await running).headers.get('x-clickhouse-exception-code')).toBe('394');
    } finally {
      await hasty.remove();
    }
  });
});
