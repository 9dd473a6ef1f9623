import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadSpecs } from '@burnline/specs';
import type { SloPlan } from '@burnline/core';
import { createLogger } from '@burnline/runtime';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Pipeline } from '../../services/burnline/dist/pipeline/pipeline.js';

/**
 * Goal: thousands of SLOs that come or go together are written together. Every statement takes the engine its milliseconds:
 * with one for each SLO a start with ten thousand took minutes.
 */
const SLO_COUNT = 60;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'burnline-many-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const sloOf = (index: number): string => `apiVersion: openslo/v1
kind: SLO
metadata: { name: slo-${index} }
spec:
  service: chat
  indicator:
    spec:
      ratioMetric:
        good: { metricSource: { type: burnline, spec: { where: "ttft_ms <= ${index}" } } }
        total: { metricSource: { type: burnline, spec: { where: "has(ttft_ms)" } } }
  timeWindow: [{ duration: 30d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.9 }]
`;

function plansOf(count: number): readonly SloPlan[] {
  const text = Array.from({ length: count }, (_, index) => sloOf(index)).join('---\n');
  const { plans, issues } = loadSpecs([{ file: 'specs.yaml', text }], { mode: 'tolerant' });
  expect(issues).toEqual([]);
  return plans;
}

async function untilSettled(pipeline: Pipeline, isSettled: () => boolean): Promise<void> {
  while (!isSettled()) {
    pipeline.supervision.check();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

it('are brought in by one statement, and taken away by one', { timeout: 120_000 }, async () => {
  const pipeline = await Pipeline.open({
    dataDirectory: directory,
    plans: plansOf(SLO_COUNT),
    receivers: [],
    logger: createLogger({ name: 'test', level: 'silent' }),
    sqlPort: 0,
  });
  /** Each statement has a time of its own: the latest activation holds. */
  const activations = (): Promise<unknown> =>
    pipeline.store.query(
      `SELECT spec_rev != '' AS is_there, count() AS slos, uniqExact(activated_at) AS statements
       FROM active_specs GROUP BY is_there ORDER BY is_there DESC`,
    );
  try {
    const stream = await pipeline.startStream('live', 'live');
    await untilSettled(pipeline, () => stream.rollout.isSettled);
    expect(await activations()).toEqual([{ is_there: 1, slos: SLO_COUNT, statements: 1 }]);

    pipeline.proposeSlos(plansOf(1));
    await untilSettled(pipeline, () => stream.rollout.isSettled && stream.rollout.judged.length === 1);
    expect(await activations()).toEqual([
      { is_there: 1, slos: SLO_COUNT, statements: 1 },
      { is_there: 0, slos: SLO_COUNT - 1, statements: 1 },
    ]);
  } finally {
    await pipeline.close();
  }
});
