import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SeriesStatus } from '@burnline/queries';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli, runCliJson } from '../support/burnline-cli.ts';
import { randomFrom } from '../support/random.ts';

/** Goal: a ratio that events carry is counted for as much of each as it says, to the last millionth, as good and as bad. */
const START_MS = Date.UTC(2026, 9, 1);
const EVENTS = 600;
const random = randomFrom(20_261_130);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
const events = Array.from({ length: EVENTS }, (_, index) => ({
  ...{ service: 'chat', provider: pick(['a', 'b']), model_requested: 'm', status: 'ok', duration_ms: 1 },
  occurred_at: new Date(START_MS + index * 240_000).toISOString(),
  sample_weight: pick([1, 1, 2.5]),
  measures: pick([{ done: 1 }, { done: random() }, { done: random() }, { done: 0 }, { done: 1.5 }, {}]),
}));

const slo = (name: string, rawType: string): string => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: chat
  indicator:
    metadata: { name: ${name} }
    spec:
      ratioMetric:
        rawType: ${rawType}
        raw: { metricSource: { type: burnline, spec: { field: measures.done, by: [provider] } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.5 }]
`;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'burnline-raw-'));
  await writeFile(path.join(directory, 'events.ndjson'), events.map((one) => JSON.stringify(one)).join('\n'));
  await writeFile(
    path.join(directory, 'slos.yaml'),
    [slo('done', 'success'), slo('left', 'failure')].join('---'),
  );
});
afterAll(() => rm(directory, { recursive: true }));

/** Of one provider, what sampled events stand for included, in millionths and thousandths. */
function sumsOf(provider: string): { readonly share: bigint; readonly all: bigint } {
  const own = events.flatMap(({ provider: of, measures: { done }, sample_weight: weight }) =>
    of === provider && done !== undefined && done <= 1
      ? [{ share: BigInt(Math.floor(done * 1e6 + 0.5)), thousandths: BigInt(Math.round(weight * 1_000)) }]
      : [],
  );
  return {
    share: own.reduce((sum, one) => sum + one.share * one.thousandths, 0n),
    all: own.reduce((sum, one) => sum + 1_000_000n * one.thousandths, 0n),
  };
}

it('as success and as failure, of each series', { timeout: 240_000 }, async () => {
  const [file, specs, data] = ['events.ndjson', 'slos.yaml', 'data'].map((name) =>
    path.join(directory, name),
  );
  const replayed = await runCli(['replay', file!, '--specs', specs!, '--data-dir', data!]);
  expect(replayed.exitCode, replayed.stderr).toBe(0);
  const { series } = await runCliJson<{ series: SeriesStatus[] }>(['status', '--data-dir', data!]);
  const found = Object.fromEntries(
    series.map(({ slo: name, labels, good, total }) => [`${name} ${labels['provider']}`, [good, total]]),
  );
  const counted = (thousandths: bigint): number => Math.floor(Number(thousandths) / 1_000);
  const expected = ['a', 'b'].flatMap((provider) => {
    const { share, all } = sumsOf(provider);
    return [
      [`done ${provider}`, [counted(share), counted(all)]],
      [`left ${provider}`, [counted(all - share), counted(all)]],
    ];
  });
  for (const [name, [good, total]] of expected as [string, [number, number]][]) {
    // What a sampled share stands for is cut to a whole unit.
    expect(Math.abs((found[name]?.[0] ?? 0) - good), name).toBeLessThanOrEqual(1);
    expect(found[name]?.[1], name).toBe(total);
  }
  expect(Object.keys(found)).toHaveLength(4);
});
