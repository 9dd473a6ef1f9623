import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createPublisher, httpTransport } from '@burnline/publisher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, runCliJson, startCli, type RunningCli } from '../support/burnline-cli.ts';
import { startWebhook, type WebhookLog } from '../support/webhook.ts';

/**
 * Goal: a live pipeline shows what a service publishes, pages when it goes wrong, and survives kill -9 without losing
 * or doubling anything that was acknowledged.
 */
const SPECS = new URL('../../examples/quickstart/slos.yaml', import.meta.url).pathname;

let root: string;
let dataDir: string;
let webhook: WebhookLog;

interface LiveCli extends RunningCli {
  readonly intake: string;
}

async function up(): Promise<LiveCli> {
  const args = ['up', '--specs', SPECS, '--data-dir', dataDir, '--webhook', webhook.url];
  const running = startCli(['--json', ...args, '--intake-port', '0', '--sql-port', '0']);
  for (;;) {
    const intake = /"intake": "([^"]+)"/.exec(running.stdout())?.[1];
    if (intake !== undefined) return { ...running, intake };
    const ended = await Promise.race([running.ended, new Promise((resolve) => setTimeout(resolve, 50))]);
    if (ended !== undefined) throw new Error(`burnline up ended: ${JSON.stringify(ended)}`);
  }
}

async function query<Row>(sql: string): Promise<readonly Row[]> {
  const result = await runCli(['--json', 'query', sql, '--data-dir', dataDir]);
  expect(result.exitCode, result.stderr + result.stdout).toBe(0);
  return result.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

async function until<T>(look: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Processes that a process has started, from the kernel's own list. */
function childrenOf(pid: number): readonly number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return list === '' ? [] : list.split(' ').map(Number);
}

describe('a live pipeline', () => {
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'burnline-live-'));
    dataDir = path.join(root, 'data');
    webhook = await startWebhook();
  });
  afterAll(async () => {
    await webhook.close();
    await rm(root, { recursive: true, force: true });
  });

  it(
    'counts what a publisher sends, over kill -9 and a start again, and pages once',
    { timeout: 180_000 },
    async () => {
      let running = await up();
      const counts: number[] = [];
      for (let round = 0; round < 2; round += 1) {
        const publisher = createPublisher({
          transport: httpTransport({ url: running.intake }),
          service: 'chat',
          environment: 'test',
        });
        for (let index = 0; index < 300; index += 1) {
          publisher.emit({
            model_requested: 'model-a',
            status: index % 2 === 0 ? 'ok' : 'error',
            duration_ms: 900,
            ttft_ms: index % 2 === 0 ? 300 : null,
            output_tokens: 10,
          });
        }
        await publisher.close({ timeoutMs: 20_000 });
        expect(publisher.counters()).toMatchObject({ emitted: 300, acknowledged: 300 });
        counts.push(300 * (round + 1));
        if (round === 0) {
          // The engine alone: the pipeline starts it again and sends what was not written.
          for (const pid of childrenOf(running.child.pid!)) process.kill(pid, 'SIGKILL');
          continue;
        }
        running.killAll();
        await running.ended;
        running = await up();
      }
      await until(async () => {
        const [row] = await query<{ total: number; good: number; tokens: number }>(
          `SELECT toUInt32(sum(total)) AS total, toUInt32(sum(good)) AS good, toUInt32(sumMap(sums)['output_tokens']) AS tokens
         FROM slo_panes WHERE slo = 'chat-availability'`,
        );
        if (row?.total !== counts.at(-1)) return null;
        expect(row).toEqual({ total: 600, good: 300, tokens: 6_000 });
        return row;
      });
      const [raw] = await until(async () => {
        const rows = await query<{ count: number; ids: number }>(
          'SELECT toUInt32(count()) AS count, toUInt32(uniqExact(event_id)) AS ids FROM inferences',
        );
        return rows[0]?.count === 600 ? rows : null;
      });
      expect(raw).toEqual({ count: 600, ids: 600 });

      await until(() => Promise.resolve(webhook.keys.length > 0 ? true : null));
      const page = webhook.bodies.find((body) => body['slo'] === 'chat-availability');
      expect(page).toMatchObject({
        decision: 'fire',
        stream: 'live',
        labels: { model_requested: 'model-a' },
      });
      expect(new Set(webhook.keys).size).toBe(webhook.keys.length);

      const reports = await until(async () => {
        const rows = await query<{ emitted: number; acknowledged: number; final: number }>(
          `SELECT toUInt32(sum(emitted_count)) AS emitted, toUInt32(sum(acknowledged_count)) AS acknowledged,
                toUInt32(countIf(is_final)) AS final FROM source_reports FINAL`,
        );
        return rows[0]?.final === 2 ? rows : null;
      });
      expect(reports).toEqual([{ emitted: 600, acknowledged: 600, final: 2 }]);
      const sources = await query<{ service: string; state: string; count: number }>(
        'SELECT service, state, toUInt32(count()) AS count FROM sources GROUP BY service, state',
      );
      expect(sources).toEqual([{ service: 'chat', state: 'stopped', count: 2 }]);

      const status = await runCliJson<{
        series: { slo: string; total: number; state: string; firing: unknown }[];
      }>(['status', '--data-dir', dataDir]);
      const availability = status.series.find((one) => one.slo === 'chat-availability')!;
      expect(availability).toMatchObject({ total: 600 });
      expect(availability.firing).not.toBeNull();

      running.child.kill('SIGTERM');
      expect((await running.ended).exitCode).toBe(0);
    },
  );
});
