import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBatchDecoder, loadPackageSchemas, streamTopicNames } from '@burnline/contracts';
import { createPublisher, httpTransport, type PublisherTransport } from '@burnline/publisher';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { runCli, startCli, type RunningCli } from '../support/burnline-cli.ts';
import { startWebhook } from '../support/webhook.ts';

/**
 * Goal: `up` that is told to stop while 3,000 events a second come, just after it paged, ends within its bounds, and whatever
 * it acknowledged is there after the next start, once.
 */
const SPECS = new URL('../../examples/quickstart/slos.yaml', import.meta.url).pathname;
const EVENTS_PER_SECOND = 3_000;
const TICK_MS = 20;
/**
 * The intake has 5 s, and so has a statement of the pipeline on a machine that is not all too busy; the engine has 12 s. What
 * waits for a storm's minute to pass, or for a receiver that hangs, is beyond it.
 */
const STOP_MS_MAX = 25_000;
const EVENT_ID_BYTES = 16;

let root: string;
let dataDir: string;
let running: RunningCli | null = null;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-stop-load-'));
  dataDir = path.join(root, 'data');
});
afterEach(async () => {
  running?.killAll();
  await running?.ended;
  await rm(root, { recursive: true, force: true });
});

async function up(args: readonly string[]): Promise<{ readonly intake: string; readonly cli: RunningCli }> {
  const ports = ['--intake-port', '0', '--sql-port', '0', '--operations-port', '0'];
  const cli = startCli(['--json', 'up', '--specs', SPECS, '--data-dir', dataDir, ...ports, ...args]);
  running = cli;
  for (;;) {
    const intake = /"intake": "([^"]+)"/.exec(cli.stdout())?.[1];
    if (intake !== undefined) return { intake, cli };
    const ended = await Promise.race([cli.ended, sleep(50)]);
    if (ended !== undefined) throw new Error(`burnline up ended: ${JSON.stringify(ended)}`);
  }
}

/** Notes the ids of all events that the intake acknowledged, read off the bytes that were sent. */
function noting(transport: PublisherTransport, ids: Set<string>): PublisherTransport {
  const decoder = createBatchDecoder(loadPackageSchemas());
  const topic = streamTopicNames('live').inference;
  return {
    ...transport,
    async send(batches) {
      const sent = batches.filter((batch) => batch.topic === topic).flatMap(({ messages }) => messages);
      const sentIds = sent.flatMap(({ value }) =>
        [...decoder.walkBatch(value).starts].map((start) =>
          Buffer.from(value.subarray(start, start + EVENT_ID_BYTES)).toString('hex'),
        ),
      );
      await transport.send(batches);
      for (const id of sentIds) ids.add(id);
    },
  };
}

async function hangingUrl(): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`;
}

async function storedIds(): Promise<readonly string[]> {
  const sql = "SELECT lower(replaceAll(toString(event_id), '-', '')) FROM inferences";
  const { exitCode, stdout, stderr } = await runCli(['query', sql, '--format', 'TSV', '--data-dir', dataDir]);
  expect(exitCode, stderr).toBe(0);
  return stdout.split('\n').filter((line) => line !== '');
}

it('SIGTERM under load: in time, in order, nothing acknowledged lost', { timeout: 300_000 }, async () => {
  const webhook = await startWebhook();
  onTestFinished(() => webhook.close());
  const first = await up(['--webhook', `live=${webhook.url}`, '--webhook', `hangs=${await hangingUrl()}`]);
  const acknowledged = new Set<string>();
  const publisher = createPublisher({
    transport: noting(httpTransport({ url: first.intake }), acknowledged),
    service: 'chat',
    environment: 'test',
  });
  const startMs = performance.now();
  let emitted = 0;
  const emitting = setInterval(() => {
    const due = ((performance.now() - startMs) / 1_000) * EVENTS_PER_SECOND;
    for (; emitted < due; emitted += 1)
      publisher.emit({
        model_requested: `model-${emitted % 10}`,
        status: emitted % 2 === 0 ? 'ok' : 'error',
        duration_ms: 900,
        ttft_ms: 300,
      });
  }, TICK_MS);
  onTestFinished(() => clearInterval(emitting));
  await expect.poll(() => webhook.keys.length, { timeout: 60_000 }).toBeGreaterThan(0);

  const stopMs = performance.now();
  first.cli.child.kill('SIGTERM');
  const { exitCode, stderr } = await first.cli.ended;
  const tookMs = performance.now() - stopMs;
  clearInterval(emitting);
  await publisher.close({ timeoutMs: 0 });
  console.log(`stopped after ${Math.round(tookMs)} ms, ${acknowledged.size} events acknowledged`);
  expect(exitCode, stderr).toBe(0);
  expect(tookMs).toBeLessThan(STOP_MS_MAX);
  expect(acknowledged.size).toBeGreaterThan(EVENTS_PER_SECOND);

  await up([]);
  const missing = async (): Promise<number> => {
    const stored = await storedIds();
    const ids = new Set(stored);
    expect(ids.size).toBe(stored.length);
    return [...acknowledged].filter((id) => !ids.has(id)).length;
  };
  await expect.poll(missing, { timeout: 90_000, interval: 1_000 }).toBe(0);
});
