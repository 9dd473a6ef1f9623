import { afterAll, beforeAll, expect, it } from 'vitest';
import { ratioSlo } from '../integrity/questions/ratio-slo.ts';
import type { Asking } from './asking.ts';
import { replayedConsole, type ReplayedConsole } from './replayed-console.ts';
import { seriesPath, type Overview } from './asked-history.ts';

/** Goal: charts mark when a series' events were first seen with another model, prompt or deployment, and nobody else's news; how far judges agree is a recount. */
const START_MS = Date.UTC(2026, 4, 12);
const MINUTE_MS = 60_000;
const LENGTH_MS = 120 * MINUTE_MS;

interface Mark {
  readonly kind: string;
  readonly atMs: number;
  readonly text: string;
  /** What it is compared by. */
  readonly arm: { readonly by: string; readonly value: string } | null;
}

const verdictOf = (evaluator: string, passed: boolean) => ({
  ...{ evaluator, evaluator_version: '1', kind: 'online_judge', dimension: 'quality', passed, score: null },
});

const events = Array.from({ length: LENGTH_MS / 10_000 }, (_, index) => {
  const minutes = index / 6;
  const provider = index % 2 === 0 ? 'openai' : 'bedrock';
  return {
    event_id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    occurred_at: new Date(START_MS + index * 10_000).toISOString(),
    ...{ service: 'chat', provider, model_requested: 'm', status: 'ok', duration_ms: 90 },
    model_served: provider === 'openai' && minutes >= 40 ? 'm-2026-05' : 'm-2026-01',
    prompt_version: minutes >= 60 ? 'v2' : 'v1',
    deployment: provider === 'bedrock' && minutes >= 80 ? 'blue' : 'green',
    request_id: `request-${index}`,
    // Every third request is judged by both, every fifth by the rules alone.
    verdicts: [
      ...(index % 3 === 0 ? [verdictOf('judge', index % 7 !== 0)] : []),
      ...(index % 3 === 0 || index % 5 === 0 ? [verdictOf('rules', index % 4 !== 0)] : []),
    ],
  };
});
/** When the first event was sent that has it. */
const firstMs = (
  field: 'model_served' | 'prompt_version' | 'deployment',
  value: string,
  provider?: string,
): number =>
  Date.parse(
    events.find((one) => one[field] === value && (provider === undefined || one.provider === provider))!
      .occurred_at,
  );

let replayed: ReplayedConsole;
let ask: Asking;

beforeAll(async () => {
  replayed = await replayedConsole(
    events,
    `apiVersion: openslo/v1
kind: Service
metadata: { name: chat }
spec: {}
${ratioSlo('availability', '0.9', `where: "status == 'ok'"`, `scope: "service == 'chat'", by: [provider]`)}`,
  );
  ({ ask } = replayed);
}, 120_000);
afterAll(() => replayed.close());

async function news(provider: string, range: { from: number; to: number }): Promise<readonly Mark[]> {
  const { rows } = (await ask.get<Overview>('/overview')).body;
  const row = rows.find(({ labels }) => labels['provider'] === provider)!;
  const { body } = await ask.get<{ marks: readonly Mark[] }>(`${seriesPath(row)}/history`, range);
  return body.marks
    .filter(({ kind }) => ['model', 'prompt', 'deployment'].includes(kind))
    .map(({ kind, atMs, text, arm }) => ({ kind, atMs, text, arm }));
}

it('marks what was new to each series when it was seen first, and not what was there from the start', async () => {
  const whole = { from: START_MS, to: START_MS + LENGTH_MS };
  expect(await news('openai', whole)).toEqual([
    {
      kind: 'model',
      atMs: firstMs('model_served', 'm-2026-05'),
      text: 'new model served: m-2026-05',
      arm: { by: 'model_served', value: 'm-2026-05' },
    },
    {
      kind: 'prompt',
      atMs: firstMs('prompt_version', 'v2', 'openai'),
      text: 'new prompt version: v2',
      arm: { by: 'prompt_version', value: 'v2' },
    },
  ]);
  expect(await news('bedrock', whole)).toEqual([
    {
      kind: 'prompt',
      atMs: firstMs('prompt_version', 'v2', 'bedrock'),
      text: 'new prompt version: v2',
      arm: { by: 'prompt_version', value: 'v2' },
    },
    {
      kind: 'deployment',
      atMs: firstMs('deployment', 'blue'),
      text: 'new deployment: blue',
      arm: { by: 'deployment', value: 'blue' },
    },
  ]);
});

it('marks what is new within the stretch alone', async () => {
  const later = { from: START_MS + 50 * MINUTE_MS, to: START_MS + LENGTH_MS };
  expect((await news('openai', later)).map(({ kind }) => kind)).toEqual(['prompt']);
});

it('says how far judges agree on what both judged, and how much of that is more than chance', async () => {
  const { body } = await ask.get<{ agreement: readonly unknown[] }>('/quality', {
    from: START_MS,
    to: START_MS + LENGTH_MS,
  });
  const both = events.flatMap(({ verdicts: [first, second] }) =>
    first === undefined || second === undefined ? [] : [[first.passed, second.passed] as const],
  );
  const shareOf = (test: (pair: readonly [boolean, boolean]) => boolean): number =>
    both.filter(test).length / both.length;
  const agreed = shareOf(([a, b]) => a === b);
  const [first, second] = [shareOf(([a]) => a), shareOf(([, b]) => b)];
  const byChance = first * second + (1 - first) * (1 - second);
  expect(body.agreement).toEqual([
    {
      dimension: 'quality',
      first: { evaluator: 'judge', version: '1' },
      second: { evaluator: 'rules', version: '1' },
      requests: both.length,
      agreedRatio: expect.closeTo(agreed, 12) as number,
      onlyFirstPassed: both.filter(([a, b]) => a && !b).length,
      onlySecondPassed: both.filter(([a, b]) => !a && b).length,
      kappa: expect.closeTo((agreed - byChance) / (1 - byChance), 9) as number,
    },
  ]);
});
