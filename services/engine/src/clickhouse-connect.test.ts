import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANALYST, PIPELINE, sql, startEngineFixture, type EngineFixture } from './testing/engine-fixture.ts';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 240_000;

/** Prints one JSON object; every step uses the client as its documentation shows it. */
const PROGRAM = `
import json, sys
from datetime import datetime, timezone
import clickhouse_connect
from clickhouse_connect.driver.exceptions import DatabaseError

host, port, user, password, analyst, analyst_password = sys.argv[1:]
out = {}
for name, compress in (('default', True), ('lz4', 'lz4'), ('zstd', 'zstd'), ('gzip', 'gzip'), ('none', False)):
    client = clickhouse_connect.get_client(host=host, port=int(port), username=user, password=password, compress=compress)
    client.command('DROP TABLE IF EXISTS py')
    client.command('CREATE TABLE py (id UInt64, name String, tags Array(String), at DateTime64(3), note Nullable(String)) ENGINE = MergeTree ORDER BY id')
    rows = [[i, f"n'{i}", ['a', str(i)], datetime(2026, 1, 1, 0, 0, i % 60, tzinfo=timezone.utc), None if i % 2 else 'x'] for i in range(5000)]
    summary = client.insert('py', rows, column_names=['id', 'name', 'tags', 'at', 'note'])
    result = client.query('SELECT * FROM py WHERE id >= {low:UInt64} ORDER BY id', parameters={'low': 10}, settings={'max_threads': 1})
    same = [list(row)[:3] for row in result.result_rows] == [row[:3] for row in rows[10:]]
    out[name] = {'written': summary.written_rows, 'same': same, 'count': len(result.result_rows)}

client = clickhouse_connect.get_client(host=host, port=int(port), username=analyst, password=analyst_password)
out['version'] = client.server_version
out['bound'] = client.query("SELECT %(text)s", parameters={'text': "it's \\\\ \\n"}).result_rows[0][0]
with client.query_row_block_stream('SELECT number FROM numbers(100000)') as stream:
    out['streamed'] = sum(len(block) for block in stream)
out['raw'] = client.raw_query('SELECT 1', fmt='JSONEachRow').decode()
try:
    client.command('INSERT INTO py (id) VALUES (1)')
    out['refused'] = None
except DatabaseError as error:
    out['refused'] = str(error)
print(json.dumps(out))
`;

interface Outcome {
  readonly written: number;
  readonly same: boolean;
  readonly count: number;
}

/** The interpreter of a fresh environment with clickhouse-connect; undefined when the package cannot be had here. */
async function installClient(directory: string): Promise<string | undefined> {
  const python = join(directory, 'venv', 'bin', 'python');
  try {
    await run('python3', ['-m', 'venv', join(directory, 'venv')], { timeout: INSTALL_TIMEOUT_MS });
    await run(python, ['-m', 'pip', 'install', '--quiet', 'clickhouse-connect==1.12.*'], {
      timeout: INSTALL_TIMEOUT_MS,
    });
    return python;
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error;
    process.stderr.write(
      `\n*** SKIPPED: clickhouse-connect could not be installed, so this client is NOT tested: ${String(error)} ***\n\n`,
    );
    return undefined;
  }
}

describe('clickhouse-connect (Python) against the engine', () => {
  let directory: string;
  let fixture: EngineFixture;
  let python: string | undefined;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'burnline-python-'));
    fixture = await startEngineFixture();
    python = await installClient(directory);
  }, 2 * INSTALL_TIMEOUT_MS);
  afterAll(async () => {
    await fixture.remove();
    await rm(directory, { recursive: true, force: true });
  });

  it('inserts, queries, binds and streams, whatever compression it negotiates', async (context) => {
    if (python === undefined) {
      context.skip();
      return;
    }
    const { stdout } = await run(python, [
      '-c',
      PROGRAM,
      '127.0.0.1',
      `${fixture.engine.port}`,
      PIPELINE.name,
      PIPELINE.password,
      ANALYST.name,
      ANALYST.password,
    ]);
    const { version, bound, streamed, raw, refused, ...byCompression } = JSON.parse(stdout) as Record<
      string,
      unknown
    >;
    const outcome: Outcome = { written: 5000, same: true, count: 4990 };
    expect(byCompression).toEqual({
      default: outcome,
      lz4: outcome,
      zstd: outcome,
      gzip: outcome,
      none: outcome,
    });
    expect(`${String(version)}\n`).toBe(await sql(fixture.engine, 'SELECT version()'));
    expect(bound).toBe("it's \\ \n");
    expect(streamed).toBe(100_000);
    expect(raw).toBe('{"1":1}\n');
    expect(refused).toMatch(/READONLY/);
  });
});
