import { readSilences } from '@burnline/alerter';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli, type CliResult } from '../support/burnline-cli.ts';
import { startToldSeries, type ToldSeries } from '../support/told-series.ts';

/** Goal: whoever silences something says who, why and until when, and status shows it. */
let told: ToldSeries;
beforeAll(async () => {
  told = await startToldSeries();
});
afterAll(() => told.close());
const run = (...args: readonly string[]): Promise<CliResult> => runCli(args, { env: told.env });

it('adds, lists and ends; status says what is silenced', async () => {
  const endless = await run('silence', 'add', '--all', '--reason', 'x');
  expect(endless.exitCode).toBe(2);
  const added = await run(
    '--json',
    'silence',
    'add',
    '--slo',
    'chat-ttft',
    '--for',
    '2h',
    '--reason',
    'moving',
  );
  expect(added.exitCode, added.stderr).toBe(0);
  const { added: id } = JSON.parse(added.stdout) as { readonly added: string };
  expect((await run('silence', 'list')).stdout).toContain('in force');
  expect((await run('status')).stdout.replaceAll(/\s+/g, ' ')).toContain(`moving (${id}`);
  expect((await run('silence', 'end', id, '--reason', 'done', '--author', 'eve')).exitCode).toBe(0);
  expect((await run('status')).stdout).not.toContain('moving');
  expect(await readSilences(told.database.store)).toMatchObject([
    { id, slos: ['chat-ttft'], reason: 'moving', rule: null, ended: { author: 'eve', reason: 'done' } },
  ]);
  expect((await run('silence', 'end', id, '--reason', 'again')).exitCode).toBe(2);
});

it('adds one that recurs', async () => {
  const rule = ['--every', 'FREQ=WEEKLY;BYDAY=SU', '--zone', 'Europe/Berlin', '--for', '3h'];
  const ends = ['--until', new Date(Date.now() + 100 * 86_400_000).toISOString().slice(0, 10)];
  const added = await run('silence', 'add', '--service', 'chat', ...rule, ...ends, '--reason', 'weekly');
  expect(added.exitCode, added.stderr).toBe(0);
  const [silence] = await readSilences(told.database.store, { liveAtMs: Date.now() });
  expect(silence).toMatchObject({
    ...{ rule: 'FREQ=WEEKLY;BYDAY=SU', timeZone: 'Europe/Berlin', lengthMs: 10_800_000, service: 'chat' },
  });
});
