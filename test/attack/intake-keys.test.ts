import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeKey } from '@burnline/collector';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { evaluationOf, requestOf, spanOf } from '../contract/intake/otlp-sample.ts';
import { runCli, runCliJson } from '../support/burnline-cli.ts';
import { EVENT, errorOf } from './support/events.ts';
import { RunningIntake } from './support/running-intake.ts';

/** Goal: beyond loopback nobody publishes without a key, and keys come and go without a restart. */
let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'burnline-keys-'));
  file = path.join(folder, 'keys');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface MadeKey {
  readonly key: string;
  readonly line: string;
}

const make = (name: string): Promise<MadeKey> => runCliJson(['intake-key', name, '--file', file]);
const statusWith = async (
  intake: RunningIntake,
  headers: Readonly<Record<string, string>>,
): Promise<number> => {
  const answer = await intake.post('/v1/events', JSON.stringify(EVENT), headers);
  await answer.body?.cancel();
  return answer.status;
};
const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

describe('keys of the intake', () => {
  it('are made by a command, which keeps the hash alone, for the owner alone', async () => {
    const { key, line } = await make('chat');
    const content = await readFile(file, 'utf8');
    expect(content).toBe(`${line}\n`);
    expect(content).not.toContain(key);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const limits = ['--expires', '2027-01-01', '--records-per-second', '500'];
    const plain = await runCli(['intake-key', 'evals', ...limits]);
    expect(plain.exitCode).toBe(0);
    expect(plain.stdout).toMatch(/^bik_[\w-]{43}\n$/);
    expect(plain.stderr).toMatch(
      /evals sha256:[0-9a-f]{64} expires=2027-01-01T00:00:00.000Z records-per-second=500/,
    );
    expect((await runCli(['intake-key', 'a b'])).exitCode).toBe(2);
  });

  it('let in who has one, and come and go while it runs', { timeout: 60_000 }, async () => {
    const { key, line } = await make('batch');
    const intake = await RunningIntake.start({ address: { keysFile: file } });
    try {
      expect(await statusWith(intake, bearer(key))).toBe(200);
      expect(await statusWith(intake, { authorization: `bearer  ${key}` })).toBe(200);
      for (const headers of [{}, bearer('bik_wrong'), bearer(''), { authorization: key }, bearer(`${key}x`)])
        expect(await statusWith(intake, headers)).toBe(401);
      const none = await intake.post('/v1/batches', 'x');
      expect(none.status).toBe(401);
      expect(none.headers.get('www-authenticate')).toContain('Bearer');
      expect(await errorOf(none)).toMatchObject({ code: 'COLLECTOR_KEY_MISSING' });
      // Whether it lives is nobody's secret.
      expect((await fetch(`${intake.url}/live`)).status).toBe(200);

      const added = await make('later');
      await vi.waitFor(async () => expect(await statusWith(intake, bearer(added.key))).toBe(200), 10_000);
      expect(await statusWith(intake, bearer(key))).toBe(200);
      await writeFile(file, (await readFile(file, 'utf8')).replace(`${line}\n`, ''));
      await vi.waitFor(async () => expect(await statusWith(intake, bearer(key))).toBe(401), 10_000);
      // A file that is broken meanwhile changes nothing, and is told.
      await writeFile(file, 'broken');
      await vi.waitFor(() => expect(intake.errors).toContain('keys stay as they were'), 10_000);
      expect(await statusWith(intake, bearer(added.key))).toBe(200);
      expect(intake.errors).not.toContain(added.key);
    } finally {
      await intake.stop();
    }
  });

  it(
    'that end let nobody in afterwards, and those with a rate no more than it',
    { timeout: 60_000 },
    async () => {
      const limited = path.join(folder, 'limited');
      const ending = makeKey('guest', { expiresMs: Date.now() + 15_000, recordsPerSecond: null });
      const slow = makeKey('batch', { expiresMs: null, recordsPerSecond: 5 });
      const free = makeKey('chat');
      await writeFile(limited, [ending, slow, free].map(({ line }) => `${line}\n`).join(''));
      const intake = await RunningIntake.start({ address: { keysFile: limited } });
      try {
        expect(await statusWith(intake, bearer(ending.key))).toBe(200);
        const many = JSON.stringify(Array.from({ length: 60 }, () => EVENT));
        const send = (): Promise<Response> => intake.post('/v1/events', many, bearer(slow.key));
        expect((await send()).status).toBe(200);
        const refused = await send();
        expect(refused.status).toBe(429);
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
        expect(await errorOf(refused)).toMatchObject({ code: 'COLLECTOR_RATE_EXCEEDED' });
        const exported = await intake.post('/v1/traces', '{}', bearer(slow.key));
        expect(exported.status).toBe(429);
        expect(await exported.json()).toMatchObject({ code: 14 });
        // Others are not held up by it, and it goes on where it has waited.
        expect(await statusWith(intake, bearer(free.key))).toBe(200);
        await vi.waitFor(async () => expect((await send()).status).toBe(200), 20_000);
        await vi.waitFor(async () => expect(await statusWith(intake, bearer(ending.key))).toBe(401), {
          timeout: 20_000,
          interval: 500,
        });
        const ended = await intake.post('/v1/events', JSON.stringify(EVENT), bearer(ending.key));
        expect(await errorOf(ended)).toMatchObject({ code: 'COLLECTOR_KEY_EXPIRED' });
      } finally {
        await intake.stop();
      }
    },
  );

  it('count against their rate what spans bring beside events, and what is refused', async () => {
    const limited = path.join(folder, 'counted');
    const [judged, wrong] = ['judged', 'wrong'].map((name) =>
      makeKey(name, { expiresMs: null, recordsPerSecond: 1 }),
    );
    await writeFile(limited, [judged!, wrong!].map(({ line }) => `${line}\n`).join(''));
    const intake = await RunningIntake.start({ address: { keysFile: limited } });
    try {
      const { attributes } = evaluationOf(1) as { readonly attributes: object };
      const event = { name: 'gen_ai.evaluation.result', timeUnixNano: '1789900000000000000', attributes };
      const spans = requestOf([spanOf(1, {}, { events: Array.from({ length: 60 }, () => event) })]);
      const post = (route: string, body: object, key: string): Promise<Response> =>
        intake.post(route, JSON.stringify(body), bearer(key));
      expect((await post('/v1/traces', spans, judged!.key)).status).toBe(200);
      expect((await post('/v1/traces', spans, judged!.key)).status).toBe(429);
      const statuses: number[] = [];
      for (let number = 0; number < 40; number += 1)
        statuses.push((await post('/v1/events', { nothing: true }, wrong!.key)).status);
      expect(new Set(statuses)).toEqual(new Set([400, 429]));
    } finally {
      await intake.stop();
    }
  });

  it('are required beyond loopback, and the error says how to make them', async () => {
    const args = ['up', '--intake-port', '0', '--sql-port', '0', '--data-dir', path.join(folder, 'data')];
    const open = await runCli([...args, '--intake-host', '0.0.0.0']);
    expect(open.exitCode).toBe(2);
    expect(open.stderr).toContain('burnline intake-key');
    expect(open.stderr).toContain('--intake-keys-file');
    const missing = await runCli([...args, '--intake-keys-file', path.join(folder, 'none')]);
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toContain('cannot be read');
    await writeFile(file, '# nobody\n');
    const empty = await runCli([...args, '--intake-keys-file', file]);
    expect(empty.stderr).toContain('holds no key');
  });
});
