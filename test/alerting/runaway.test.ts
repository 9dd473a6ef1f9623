import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createPublisher, httpTransport } from '@burnline/publisher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCli, type RunningCli } from '../support/burnline-cli.ts';
import { startWebhook, type WebhookLog } from '../support/webhook.ts';

/**
 * Goal: an agent whose loop doubles its context with every step is paged by name within ten seconds of crossing its envelope,
 * though every call succeeds and all others stay within theirs.
 *
 * Method: the whole pipeline in its own process, events by the publisher, pages to a real receiver; the clock begins when the
 * step that crosses is emitted.
 */
const ENVELOPE_TOKENS = 100_000;
const PAGE_MS_MAX = 10_000;
const SPECS = `
apiVersion: openslo/v1
kind: SLO
metadata: { name: task-tokens }
spec:
  service: agents
  indicator:
    metadata: { name: task-tokens }
    spec:
      thresholdMetric:
        metricSource:
          type: burnline
          spec: { entity: task_id, consume: [input_tokens, output_tokens] }
  timeWindow: [{ duration: 7d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ op: lte, value: ${ENVELOPE_TOKENS}, target: 0.99 }]
`;

let root: string;
let webhook: WebhookLog;
let running: RunningCli;

async function until<Found>(look: () => Found | undefined): Promise<Found> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('a runaway loop', () => {
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'burnline-runaway-'));
    webhook = await startWebhook();
    const specs = path.join(root, 'slos.yaml');
    await writeFile(specs, SPECS);
    const places = ['--data-dir', path.join(root, 'data'), '--intake-port', '0', '--sql-port', '0'];
    running = startCli(['--json', 'up', '--specs', specs, '--webhook', webhook.url, ...places]);
  });
  afterAll(async () => {
    running.killAll();
    await running.ended;
    await webhook.close();
    await rm(root, { recursive: true, force: true });
  });

  it(
    'pages within ten seconds of crossing, all calls ok, and names the task',
    { timeout: 120_000 },
    async () => {
      const intake = await until(() => /"intake": "([^"]+)"/.exec(running.stdout())?.[1]);
      const publisher = createPublisher({
        transport: httpTransport({ url: intake }),
        service: 'agents',
        environment: 'test',
      });
      const step = (task: string, inputTokens: number): void => {
        const call = { model_requested: 'm', status: 'ok', duration_ms: 900 } as const;
        publisher.emit({ ...call, task_id: task, input_tokens: inputTokens, output_tokens: 100 });
      };
      let [used, contextTokens, crossedMs] = [0, 1_000, 0];
      // Ten steps come to a million tokens; the seventh crosses.
      while (contextTokens < 600_000) {
        for (let task = 0; task < 20; task += 1) step(`task-${task}`, 2_000);
        step('loop-7', contextTokens);
        used += contextTokens + 100;
        if (used > ENVELOPE_TOKENS && crossedMs === 0) crossedMs = performance.now();
        contextTokens *= 2;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      const page = await until(() => webhook.bodies[0]);
      await publisher.close({ timeoutMs: 20_000 });
      expect(page).toMatchObject({ decision: 'fire', slo: 'task-tokens', tier: 'runaway', urgency: 'page' });
      expect(page['long_window']).toMatchObject({ bad: 1, total: 21 });
      const [named] = page['attribution'] as readonly Record<string, unknown>[];
      expect(named).toMatchObject({ dimension: 'task_id', value: 'loop-7', allowed: ENVELOPE_TOKENS });
      expect(named!['consumed']).toBeGreaterThan(ENVELOPE_TOKENS);
      expect(page['attribution']).toHaveLength(1);
      expect(page['summary']).toContain(`task_id=loop-7 (consumed ${String(named!['consumed'])} of 100000)`);
      expect(webhook.receivedMs[0]! - crossedMs).toBeLessThan(PAGE_MS_MAX);
    },
  );
});
