import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { uuidToBytes } from '@burnline/contracts';
import { createPublisher, httpTransport } from '@burnline/publisher';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runCli, runCliJson, startCli, type RunningCli } from '../support/burnline-cli.ts';

/** Goal: costs that the collector computes stand in the tables, exact, once, and by the price of the event's own time. */
const pricesOf = (input: string): string => `
version: "${input}"
prices:
  - { model: ours, usdPerMillionTokens: { input: ${input}, output: 10 } }
  - { model: ours, validFrom: 2026-06-01, usdPerMillionTokens: { input: 1, output: 1 }, usdPerRequest: "0.000000001" }
`;
const EVENT = {
  service: 'chat',
  provider: 'openai',
  model_requested: 'gpt-4o',
  status: 'ok',
  duration_ms: 12,
  input_tokens: 1_000,
  cached_input_tokens: 400,
  output_tokens: 100,
} as const;
const ids = Array.from({ length: 6 }, () => crypto.randomUUID());

interface Ready {
  readonly intake: string;
  readonly sql: string;
  readonly operations: string;
}

let root: string;
let file: string;
let running: RunningCli;
let ready: Ready;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-costs-'));
  file = path.join(root, 'prices.yaml');
  await writeFile(file, pricesOf('5'));
  const ports = ['--intake-port', '0', '--sql-port', '0', '--operations-port', '0'];
  running = startCli([
    '--json',
    'up',
    ...ports,
    '--data-dir',
    path.join(root, 'data'),
    '--prices-file',
    file,
  ]);
  ready = await vi.waitFor(() => JSON.parse(running.stdout()) as Ready, { timeout: 60_000 });
}, 90_000);
afterAll(async () => {
  running.child.kill('SIGTERM');
  expect((await running.ended).exitCode).toBe(0);
  await rm(root, { recursive: true, force: true });
});

async function post(events: readonly object[]): Promise<void> {
  const answer = await fetch(`${ready.intake}/v1/events`, {
    method: 'POST',
    body: JSON.stringify(events),
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.status, await answer.text()).toBe(200);
}

async function rows(sql: string): Promise<readonly unknown[]> {
  const answer = await fetch(`${ready.sql}/?user=analyst&database=burnline`, {
    method: 'POST',
    body: `${sql} FORMAT JSONCompactEachRow`,
  });
  const text = await answer.text();
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown]));
}

const COSTS = `SELECT toString(event_id), toString(cost_nano_usd), toString(cost_source), price_version,
                      measures['computed_cost_nano_usd'] FROM inferences WHERE event_id IN (${ids.map((id) => `'${id}'`).join(', ')})`;
const byId = (found: readonly unknown[]): object =>
  Object.fromEntries(
    (found as readonly (readonly unknown[])[]).map(([id, ...cost]) => [
      ids.indexOf(id as (typeof ids)[number]),
      cost,
    ]),
  );

it('costs of every way in stand in the table, by the price of each event and its time; a repeat changes none', async () => {
  await post([
    { ...EVENT, event_id: ids[0] },
    { ...EVENT, event_id: ids[1], cost_usd: '0.0031' },
    { ...EVENT, event_id: ids[2], model_requested: 'nobody-knows-it' },
    { ...EVENT, event_id: ids[3], model_requested: 'ours', occurred_at: '2026-05-31T23:59:59.999999Z' },
    { ...EVENT, event_id: ids[4], model_requested: 'ours', occurred_at: '2026-06-01T00:00:00Z' },
  ]);
  const publisher = createPublisher({
    transport: httpTransport({ url: ready.intake }),
    service: 'chat',
    environment: 'test',
  });
  publisher.emit({ ...EVENT, event_id: uuidToBytes(ids[5]!) });
  await publisher.close();
  const bundled = ['3000000', 'computed', 'genai-prices 0.1.8', 0];
  const wanted = {
    0: bundled,
    1: ['3100000', 'reported', null, 3_000_000],
    2: [null, 'unknown', null, 0],
    3: ['6000000', 'computed', 'prices.yaml 5', 0],
    4: ['1100001', 'computed', 'prices.yaml 5 @2026-06-01', 0],
    5: bundled,
  };
  await expect.poll(async () => byId(await rows(COSTS)), { timeout: 30_000 }).toEqual(wanted);

  await writeFile(`${file}.new`, pricesOf('7'));
  await rename(`${file}.new`, file);
  const renewed = { ...EVENT, model_requested: 'ours', occurred_at: '2026-05-31T23:00:00Z' };
  await expect
    .poll(
      async () => {
        await post([{ ...renewed, session_id: 'renewed' }]);
        return rows(
          "SELECT DISTINCT price_version FROM inferences WHERE session_id = 'renewed' AND price_version LIKE '% 7'",
        );
      },
      { timeout: 30_000, interval: 500 },
    )
    .toEqual([['prices.yaml 7']]);
  // Sent again by other prices: the event is what it was.
  await post([{ ...renewed, event_id: ids[3], occurred_at: '2026-05-31T23:59:59.999999Z' }]);
  await post([{ ...EVENT, session_id: 'after' }]);
  await expect
    .poll(() => rows("SELECT toString(count()) FROM inferences WHERE session_id = 'after'"), {
      timeout: 30_000,
    })
    .toEqual([['1']]);
  expect(byId(await rows(COSTS))).toEqual(wanted);
  const metrics = await (await fetch(`${ready.operations}/metrics`)).text();
  expect(metrics).toMatch(
    /burnline_events_costed_total\{source="unknown",reason="price",service="burnline"\} 1\n/,
  );
}, 120_000);

it('the command shows the price that the collector takes', async () => {
  const args = [
    'prices',
    'ours',
    '--prices-file',
    file,
    '--input',
    '1000',
    '--cached',
    '400',
    '--output',
    '100',
  ];
  expect(await runCliJson([...args, '--at', '2026-05-31T23:59:59Z'])).toMatchObject({
    version: 'prices.yaml 7',
    cost_nano_usd: 8_000_000,
  });
  expect(await runCliJson([...args, '--at', '2026-06-01T00:00:00Z'])).toMatchObject({
    version: 'prices.yaml 7 @2026-06-01',
    usdPerMillionTokens: [{ aboveInputTokens: 0, input: '1', output: '1', cachedInput: null }],
    cost_nano_usd: 1_100_001,
  });
  const { exitCode, stdout } = await runCli(['prices', 'nobody-knows-it', '--provider', 'openai']);
  expect(exitCode).not.toBe(0);
  expect(stdout).toContain('nobody-knows-it from openai has no price');
});

it('a wrong file ends `up` before it begins', async () => {
  const wrong = path.join(root, 'wrong.yaml');
  await writeFile(wrong, 'prices: [{ model: m }]');
  const { exitCode, stderr } = await runCli([
    'up',
    '--data-dir',
    path.join(root, 'other'),
    '--prices-file',
    wrong,
  ]);
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('line 1, prices[0].usdPerMillionTokens: expected a map of input');
});
