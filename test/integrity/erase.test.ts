import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eraseSubject } from '../../services/burnline/dist/erasing/erase-subject.js';
import { runCli } from '../support/burnline-cli.ts';
import { startTestDatabase } from '../support/database.ts';
import { queryRows } from '../support/embedded-up.ts';
import { ratioSlo } from './questions/ratio-slo.ts';

/**
 * Goal: the raw rows of a user or a session are gone for good, nobody else's are, all figures stay as they were, and who erased
 * them is known. Through the whole product: a history that was replayed, and the command on its data directory.
 */
const SPECS = `apiVersion: openslo/v1
kind: Service
metadata: { name: chat }
spec: { description: Chat }
${ratioSlo('availability', '0.99', `where: "status == 'ok'"`, 'where: "true", by: [tenant], sum: [cost_nano_usd]')}`;
const hashOf = (user: string): string => createHash('sha256').update(user).digest('hex');
const USERS = ['ada@example.org', 'bob@example.org', null];
const EVENTS = Array.from({ length: 240 }, (_, index) => {
  const user = USERS[index % 3] ?? null;
  return {
    occurred_at: new Date(Date.UTC(2026, 5, 1, 0, index)).toISOString(),
    service: 'chat',
    tenant: `t-${index % 2}`,
    request_id: `request-${index}`,
    session_id: `session-${index % 8}`,
    ...(user !== null && { user_hash: hashOf(user) }),
    model_requested: 'm',
    status: index % 10 === 0 ? 'error' : 'ok',
    duration_ms: 5,
    cost_usd: '0.001',
  };
});

let root: string;
let dataDir: string;
const query = <Row>(sql: string): Promise<readonly Row[]> =>
  queryRows<Row>(dataDir, `${sql} SETTINGS output_format_json_quote_64bit_integers = 0`);
/** Everything that was counted and judged. */
const figures = async (): Promise<readonly unknown[]> => [
  await query('SELECT * FROM slo_hours ORDER BY ALL'),
  await query('SELECT * FROM budgets FINAL ORDER BY ALL'),
  await query('SELECT * FROM burn_rates FINAL ORDER BY ALL'),
];
const stored = async (): Promise<readonly string[]> =>
  (await query<{ id: string }>('SELECT request_id AS id FROM inference_events ORDER BY id')).map(
    ({ id }) => id,
  );
const requestsOf = (is: (event: (typeof EVENTS)[number]) => boolean): readonly string[] =>
  EVENTS.filter(is)
    .map(({ request_id }) => request_id)
    .sort();
const erase = (...args: readonly string[]) =>
  runCli(['--json', 'erase', '--data-dir', dataDir, '--reason', 'asked for', '--author', 'dpo', ...args]);

describe('burnline erase', () => {
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'burnline-erase-'));
    dataDir = path.join(root, 'data');
    const [events, specs] = [path.join(root, 'events.ndjson'), path.join(root, 'slos.yaml')];
    await writeFile(events, EVENTS.map((event) => JSON.stringify(event)).join('\n'));
    await writeFile(specs, SPECS);
    const result = await runCli(['replay', events, '--specs', specs, '--data-dir', dataDir]);
    expect(result.exitCode, result.stderr).toBe(0);
  }, 180_000);
  afterAll(() => rm(root, { recursive: true, force: true }));

  it(
    'erases the rows of a user and of a session and nothing else, once it is told to',
    { timeout: 180_000 },
    async () => {
      const before = await figures();
      expect(JSON.stringify(before[0])).toContain('tenant');
      const isAdas = ({ user_hash }: { user_hash?: string }): boolean => user_hash === hashOf(USERS[0]!);
      const looked = await erase('--user', USERS[0]!);
      expect(looked.exitCode).toBe(3);
      expect(JSON.parse(looked.stdout)).toEqual({ id: null, events: 80, verdicts: 0, left: 80 });
      expect(await stored()).toEqual(requestsOf(() => true));

      const done = await erase('--user', USERS[0]!, '--yes');
      expect(done.exitCode, done.stderr).toBe(0);
      expect(JSON.parse(done.stdout)).toMatchObject({ events: 80, left: 0 });
      expect(await stored()).toEqual(requestsOf((event) => !isAdas(event)));

      const session = await erase('--session', 'session-3', '--yes');
      expect(session.exitCode, session.stderr).toBe(0);
      const others = requestsOf((event) => !isAdas(event) && event.session_id !== 'session-3');
      expect(await stored()).toEqual(others);

      expect(await figures()).toEqual(before);
      const audit = await query(
        'SELECT subject, subject_hash, events, verdicts, author, reason FROM erasures ORDER BY erased_at',
      );
      const who = { verdicts: 0, author: 'dpo', reason: 'asked for' };
      expect(audit).toEqual([
        { subject: 'user', subject_hash: hashOf(USERS[0]!), events: 80, ...who },
        { subject: 'session', subject_hash: hashOf('session-3'), events: 20, ...who },
      ]);
      expect(JSON.stringify(audit)).not.toContain(USERS[0]);
    },
  );

  it('asks for one of the two, and a reason', async () => {
    const nobody = await erase();
    expect(nobody.stdout + nobody.stderr).toContain('Neither a user nor a session is named');
    expect(nobody.exitCode).toBe(2);
    expect((await erase('--user', 'a', '--session', 'b')).exitCode).toBe(2);
    expect((await runCli(['erase', '--user', 'a', '--data-dir', dataDir])).exitCode).toBe(2);
  });
});

it(
  'takes a hash of a user for what it is, and waits for neither table before it erases from the other',
  {
    timeout: 120_000,
  },
  async () => {
    const database = await startTestDatabase();
    try {
      const { store } = database;
      const keptSince = Math.floor(Date.now() / 1_000);
      const hash = hashOf('ada@example.org');
      const common = { stream: 'live', stream_epoch: 'e', service: 'chat', kept_since: keptSince };
      const at = '2026-06-01 00:00:00.000000';
      await store.insertRows('inference_events', [
        { ...common, offset: 1, user_hash: hash, request_id: 'r-1', occurred_at: at },
        { ...common, offset: 2, user_hash: hashOf('bob'), request_id: 'r-2', occurred_at: at },
        { ...common, offset: 3, user_hash: 'their-own-hash', request_id: 'r-3', occurred_at: at },
      ]);
      await store.insertRows('eval_verdicts', [
        { ...common, offset: 1, request_id: 'r-1', inference_at: at },
        { ...common, offset: 2, request_id: 'r-2', inference_at: at },
      ]);
      const request = { subject: 'user', author: 'a', reason: 'b', isConfirmed: true };
      await store.command('SYSTEM STOP MERGES eval_verdicts');
      const first = await eraseSubject(store, { ...request, of: hash.toUpperCase() }, Date.now(), 5_000);
      expect(first).toMatchObject({ events: 1, verdicts: 1, left: 1 });
      const events = 'SELECT toFloat64(offset) AS offset FROM inference_events ORDER BY offset';
      expect(await store.query(events)).toEqual([{ offset: 2 }, { offset: 3 }]);
      await store.command('SYSTEM START MERGES eval_verdicts');
      const verdicts = 'SELECT request_id FROM eval_verdicts';
      await vi.waitFor(
        async () => expect(await store.query(verdicts)).toEqual([{ request_id: 'r-2' }]),
        30_000,
      );
      const own = await eraseSubject(store, { ...request, of: 'their-own-hash' }, Date.now());
      expect(own).toMatchObject({ events: 1, left: 0 });
      const kept = await store.query<{ hash: string }>(
        'SELECT toString(subject_hash) AS hash FROM erasures ORDER BY erased_at',
      );
      expect(kept.map((row) => row.hash)).toEqual([hash, hashOf('their-own-hash')]);
      const mutations = await store.query<{ command: string }>('SELECT command FROM system.mutations');
      expect(mutations.length).toBeGreaterThan(2);
      expect(JSON.stringify(mutations)).not.toContain('their-own-hash');
    } finally {
      await database.close();
    }
  },
);

it('erases the verdicts of requests that are the subject’s alone', { timeout: 120_000 }, async () => {
  const database = await startTestDatabase();
  try {
    const { store } = database;
    // Older rows expire as they come.
    const keptSince = Math.floor(Date.now() / 1_000);
    const event = (offset: number, session_id: string, request_id: string) => ({
      ...{ stream: 'live', stream_epoch: 'e', offset, session_id, request_id, service: 'chat' },
      ...{ occurred_at: '2026-06-01 00:00:00.000000', kept_since: keptSince },
    });
    const verdict = (offset: number, request_id: string | null) => ({
      ...{ stream: 'live', stream_epoch: 'e', offset, request_id, service: 'chat' },
      ...{ inference_at: '2026-06-01 00:00:00.000000', kept_since: keptSince },
    });
    await store.insertRows('inference_events', [
      event(1, 'mine', 'r-1'),
      event(2, 'mine', 'shared'),
      event(3, 'theirs', 'shared'),
      event(4, 'theirs', 'r-4'),
      event(5, 'mine', ''),
    ]);
    const judged = ['r-1', 'r-1', 'shared', 'r-4', null, ''];
    await store.insertRows(
      'eval_verdicts',
      judged.map((request, index) => verdict(index, request)),
    );
    const request = { subject: 'session', of: 'mine', author: 'a', reason: 'b', isConfirmed: true };
    expect(await eraseSubject(store, request, Date.now())).toMatchObject({ events: 3, verdicts: 2, left: 0 });
    const left = await store.query<{ offset: number }>(
      'SELECT toFloat64(offset) AS offset FROM eval_verdicts ORDER BY offset',
    );
    expect(left.map(({ offset }) => judged[offset])).toEqual(['shared', 'r-4', null, '']);
    expect(await eraseSubject(store, request, Date.now())).toMatchObject({ events: 0, verdicts: 0, left: 0 });
  } finally {
    await database.close();
  }
});
