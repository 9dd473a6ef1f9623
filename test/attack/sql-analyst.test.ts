import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../support/random.ts';
import { PIPELINE, startAttackedEngine, type AttackedEngine } from './support/attacked-engine.ts';
import { fuzzSeconds, fuzzSeed } from './support/raw-http-fuzz.ts';
import { drawStatement, type Canaries } from './support/sql-statements.ts';

const FILE_SECRET = 'canary-of-a-file-7d1f';
const ENVIRONMENT_SECRET = 'canary-of-an-environment-93ae';

let attacked: AttackedEngine;
let directory: string;
let canaries: Canaries;
let server: Server;
let callCount = 0;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'burnline-canaries-'));
  await writeFile(path.join(directory, 'secret.txt'), FILE_SECRET);
  process.env['BURNLINE_CANARY'] = ENVIRONMENT_SECRET;
  server = createServer((socket) => {
    callCount += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  canaries = {
    file: path.join(directory, 'secret.txt'),
    written: path.join(directory, 'written.txt'),
    port: typeof address === 'object' && address !== null ? address.port : 0,
  };
  attacked = await startAttackedEngine();
  await attacked.pipeline('CREATE TABLE canary (a UInt8) ENGINE = MergeTree ORDER BY a');
  await attacked.pipeline('INSERT INTO canary VALUES (7)');
});
afterAll(async () => {
  delete process.env['BURNLINE_CANARY'];
  server.close();
  await attacked.remove();
  await rm(directory, { recursive: true, force: true });
});

/** Everything that an attack could have read, written, reached or become. */
async function expectUntouched(): Promise<void> {
  expect(await attacked.pipeline('SELECT sum(a), count() FROM canary')).toBe('7\t1\n');
  expect(await attacked.pipeline('SHOW TABLES FROM default')).toBe('canary\n');
  expect(await attacked.pipeline("SELECT count() FROM system.functions WHERE origin != 'System'")).toBe(
    '0\n',
  );
  await expect(access(canaries.written)).rejects.toThrow('ENOENT');
  expect(callCount).toBe(0);
}

function expectNoSecret(text: string): void {
  for (const secret of [FILE_SECRET, ENVIRONMENT_SECRET, PIPELINE.password, 'BURNLINE_']) {
    expect(text).not.toContain(secret);
  }
}

describe('parameters are no way round the guard', () => {
  const named = "SELECT arrayMap({p:Identifier}, ['/proc/self/environ'])";

  it('names of functions, in one request', async () => {
    for (const value of ['file', '`file`', 'toString']) {
      const answer = await attacked.analyst(named, { param_p: value });
      expect(answer.code).toBe('497');
      expectNoSecret(answer.text);
    }
  });

  it('a name set by one request and used by another behind nested comments', async () => {
    for (let count = 0; count < 4; count += 1) await attacked.analyst('SELECT 1', { param_p: 'file' });
    for (const hidden of [
      "SELECT /* /* */ ' */ arrayMap({p:Identifier}, ['/proc/self/environ']) /* ' */",
      "SELECT /* /* */ */ arrayMap({p/* /* */ */:Identifier}, ['/proc/self/environ'])",
      named,
    ]) {
      for (let count = 0; count < 4; count += 1) {
        const answer = await attacked.analyst(hidden);
        expect(answer.status).not.toBe(200);
        expectNoSecret(answer.text);
      }
    }
  });

  it('values stay with their request', async () => {
    for (let count = 0; count < 4; count += 1) {
      expect((await attacked.analyst('SELECT {v:String}', { param_v: 'mine' })).text).toBe('mine\n');
    }
    for (const statement of ['SELECT {v:String}', "SELECT /* /* */ ' */ {v:String} /* ' */"]) {
      for (let count = 0; count < 4; count += 1) {
        const answer = await attacked.analyst(statement);
        expect(answer.code).toBe('456');
        expect(answer.text).not.toContain('mine');
      }
    }
    expect(
      (await attacked.analyst('SELECT {a:UInt8} + {b:UInt8}', { param_a: '1', param_b: '2' })).text,
    ).toBe('3\n');
  });

  it('nor are settings, which also stay with their request', async () => {
    await Promise.all(
      [1, 2, 3, 4].map(() => attacked.analyst('SELECT 1', { limit: '1', log_comment: 'mine' })),
    );
    for (let count = 0; count < 4; count += 1) {
      const { text } = await attacked.analyst("SELECT number, getSetting('log_comment') FROM numbers(2)");
      expect(text).toBe('0\t\n1\t\n');
    }
  });
});

describe('what is on the host', () => {
  it('is not in the environment of the process that runs queries', async () => {
    const environment = await readFile(`/proc/${attacked.engine.pid}/environ`, 'utf8');
    expectNoSecret(environment);
    const line = await readFile(`/proc/${attacked.engine.pid}/cmdline`, 'utf8');
    expectNoSecret(line);
  });

  it('cannot be asked for: a file that is there and one that is not give the same answer', async () => {
    const shapes = [
      (file: string) => `SELECT * FROM \`${file}\``,
      (file: string) => `SELECT * FROM '${file}'`,
      (file: string) => `EXISTS TABLE \`${file}\``,
      (file: string) => `EXISTS TABLE default.\`${file}\``,
      (file: string) => `EXISTS VIEW \`${file}\``,
      (file: string) => `SHOW CREATE TABLE \`${file}\``,
      (file: string) => `DESCRIBE TABLE \`${file}\``,
      (file: string) => `SELECT file('${file}')`,
      (file: string) => `SELECT * FROM file('${file}')`,
      (file: string) => `SELECT 1 IN \`${file}\``,
      (file: string) => `SELECT * FROM loop(default, \`${file}\`)`,
      (file: string) => `SELECT hasColumnInTable('default', '${file}', 'a')`,
      (file: string) => `SELECT joinGet('default.${file}', 'a', 1)`,
      (file: string) => `SELECT dictGet('${file}', 'a', 1)`,
      (file: string) => `SELECT catboostEvaluate('${file}', 1)`,
      (file: string) => `SELECT * FROM sqlite('${file}', 't')`,
      (file: string) => `SELECT 1 FORMAT Template SETTINGS format_template_row = '${file}'`,
    ];
    for (const shape of shapes) {
      const [there, absent] = [canaries.file, path.join(directory, 'absent.txt')];
      const answers = await Promise.all([there, absent].map((file) => attacked.analyst(shape(file))));
      const texts = answers.map(({ text }) => text.replaceAll(absent, there));
      expect(texts[0], shape('FILE')).toBe(texts[1]);
      expectNoSecret(texts[0] ?? '');
    }
    await expectUntouched();
  });

  it('is out of reach for paths that are not absolute', async () => {
    const answer = await attacked
      .pipeline("SELECT count() FROM file('*', 'RawBLOB', 'a String')")
      .catch(String);
    expect(answer).not.toMatch(/^[1-9]/);
  });
});

it('statements of every disguise read, write and reach nothing', { timeout: 600_000 }, async () => {
  const seed = fuzzSeed('SQL of an analyst');
  const endMs = performance.now() + fuzzSeconds(30) * 1000;
  let statementCount = 0;
  let answeredCount = 0;
  const client = async (index: number): Promise<void> => {
    const random = randomFrom(seed + index);
    while (performance.now() < endMs) {
      const { statement, parameters } = drawStatement(random, canaries);
      statementCount += 1;
      const { status, text } = await attacked.analyst(statement, parameters);
      if (status === 200) answeredCount += 1;
      // Its own words may come back in an error; the secrets are not among them.
      expect(text, statement).not.toContain(FILE_SECRET);
      expect(text, statement).not.toContain(ENVIRONMENT_SECRET);
      expect(text, statement).not.toContain(PIPELINE.password);
      expect(text, statement).not.toContain('UV_THREADPOOL_SIZE');
    }
  };
  const watch = async (): Promise<void> => {
    while (performance.now() < endMs) {
      await expectUntouched();
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  };
  await Promise.all([client(0), client(1), client(2), watch()]);
  await expectUntouched();
  expect(statementCount).toBeGreaterThan(20);
  // Some draws are harmless and run: the guard is no wall that merely refuses everything.
  expect(answeredCount).toBeGreaterThan(0);
  expect(await attacked.pipeline("SELECT currentRoles(), getSetting('readonly')")).toBe("['pipeline']\t0\n");
  const { text } = await attacked.analyst(
    "SELECT currentRoles(), getSetting('readonly'), getSetting('allow_ddl')",
  );
  expect(text).toBe("['analyst']\t2\tfalse\n");
});
