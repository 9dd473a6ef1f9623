import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli, runCliJson, startCli } from '../support/burnline-cli.ts';
import { writeHalfHistory } from '../support/half-history.ts';
import { randomFrom } from '../support/random.ts';
import { startWebhook, type WebhookLog } from '../support/webhook.ts';

/**
 * Goal: kill -9 of the whole pipeline (and its engine) in mid-replay, at moments drawn from a printed seed, and a start
 * again end in the same figures, the same history and the same pages as an undisturbed run.
 */
const EXAMPLE = new URL('../../examples/llmperf-2023/', import.meta.url).pathname;
const SEED = Number(process.env['BURNLINE_SEED'] ?? Date.now() % 100_000);
const KILLS = Number(process.env['BURNLINE_KILLS'] ?? 3);

/** Everything that the replay leaves behind, in a fixed order; not the times at which it was written. */
const TABLES: Readonly<Record<string, string>> = {
  panes: `SELECT slo, labels, pane, good, total, excluded, sums, histogram FROM slo_panes ORDER BY slo, toString(labels), pane`,
  raw: `SELECT event_id, occurred_at, status, partition FROM inferences ORDER BY event_id`,
  burn: `SELECT slo, series, evaluated_at, window_s, bad, total FROM burn_rates FINAL ORDER BY slo, series, evaluated_at`,
  budgets: `SELECT slo, series, evaluated_at, good, total, remaining_ratio, projected_remaining_ratio, state FROM budgets FINAL ORDER BY slo, series, evaluated_at`,
  decisions: `SELECT decision_key, decision, severity, long_bad, long_total, short_bad, short_total, attribution FROM alert_decisions FINAL ORDER BY decision_key`,
};

let root: string;
let webhook: WebhookLog;
let history: Awaited<ReturnType<typeof writeHalfHistory>>;

const replayArgs = (dataDir: string): readonly string[] => [
  'replay',
  history.file,
  '--mapping',
  path.join(EXAMPLE, 'mapping.yaml'),
  '--specs',
  path.join(EXAMPLE, 'slos.yaml'),
  '--data-dir',
  dataDir,
  '--webhook',
  webhook.url,
];

async function readTables(dataDir: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, sql] of Object.entries(TABLES)) {
    const result = await runCli(['query', sql, '--format', 'TSV', '--data-dir', dataDir]);
    expect(result.exitCode, result.stderr).toBe(0);
    found[name] = result.stdout;
  }
  return found;
}

describe('a replay that is killed', () => {
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'burnline-kill-'));
    history = await writeHalfHistory(root);
    webhook = await startWebhook();
  });
  afterEach(async () => {
    await webhook.close();
    await rm(root, { recursive: true, force: true });
  });

  it('ends in the same figures, history and pages as an undisturbed one', { timeout: 300_000 }, async () => {
    console.log(`kill -9 seed ${SEED}, ${KILLS} kills (BURNLINE_SEED, BURNLINE_KILLS)`);
    const calm = path.join(root, 'calm');
    const startedAtMs = performance.now();
    expect((await runCli(replayArgs(calm))).exitCode).toBe(0);
    const calmMs = performance.now() - startedAtMs;
    const expected = await readTables(calm);
    const expectedKeys = [...new Set(webhook.keys)].sort();
    expect(expectedKeys.length).toBeGreaterThan(0);
    webhook.keys.length = 0;

    const random = randomFrom(SEED);
    const killed = path.join(root, 'killed');
    for (let kill = 0; kill < KILLS; kill += 1) {
      const running = startCli(replayArgs(killed));
      const timer = setTimeout(() => running.killAll(), random() * calmMs);
      await running.ended;
      clearTimeout(timer);
    }
    const last = await runCliJson<{ publishedCount: number; skippedCount: number }>(replayArgs(killed));
    expect(last.publishedCount + last.skippedCount).toBe(history.recordCount);
    expect(await readTables(killed)).toEqual(expected);
    expect([...new Set(webhook.keys)].sort()).toEqual(expectedKeys);

    const again = await runCliJson<{ publishedCount: number; skippedCount: number }>(replayArgs(killed));
    expect(again).toMatchObject({ publishedCount: 0, skippedCount: history.recordCount });
    expect(await readTables(killed)).toEqual(expected);
  });
});
