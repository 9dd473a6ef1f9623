import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scoreOf } from '../contract/intake/langfuse-sample.ts';
import { evaluationOf, logsRequestOf, requestOf, spanOf, TRACE_ID } from '../contract/intake/otlp-sample.ts';
import type { RunningCli } from '../support/burnline-cli.ts';
import { queryRows, startUp } from '../support/embedded-up.ts';

/** Goal: whatever judges a call says so in its own form, and the analyst sees verdicts with the call's dimensions. */
const PORT = 20_000 + (process.pid % 10_000);
let dataDir: string;
let running: RunningCli;
beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'burnline-verdicts-'));
  running = await startUp({ dataDir, port: PORT });
});
afterAll(async () => {
  running.child.kill('SIGTERM');
  await running.ended;
  await rm(dataDir, { recursive: true, force: true });
});

async function post(route: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${PORT}${route}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

it('verdicts of logs, Langfuse and users find the span that they judge, before and after it comes', async () => {
  const evaluated = evaluationOf(1, { 'gen_ai.response.id': 'chatcmpl-1' }, { spanId: '' });
  await post('/v1/logs', logsRequestOf([evaluated]));
  await post('/v1/langfuse/scores', scoreOf(1, { traceId: TRACE_ID, value: 1, dataType: 'BOOLEAN' }));
  await post('/v1/traces', requestOf([spanOf(1, { 'gen_ai.response.id': 'chatcmpl-1' })]));
  await post('/v1/verdicts', {
    response_id: 'chatcmpl-1',
    kind: 'user_feedback',
    evaluator: 'thumbs',
    dimension: 'quality',
    passed: false,
  });
  const rows = async () =>
    queryRows<Readonly<Record<string, unknown>>>(
      dataDir,
      `SELECT evaluator, kind, passed, service, model_requested, inference_at = occurred_at AS is_of_call
       FROM verdicts CROSS JOIN (SELECT occurred_at FROM inferences) AS calls ORDER BY evaluator`,
    );
  let found = await rows();
  for (const untilMs = Date.now() + 40_000; found.length < 3 && Date.now() < untilMs; found = await rows())
    await sleep(500);
  const of = { service: 'chat', model_requested: 'gpt-4o', is_of_call: 1 };
  expect(found).toEqual([
    { evaluator: 'Relevance', kind: 'online_judge', passed: true, ...of },
    { evaluator: 'correctness', kind: 'online_judge', passed: true, ...of },
    { evaluator: 'thumbs', kind: 'user_feedback', passed: false, ...of },
  ]);
});
