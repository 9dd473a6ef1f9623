import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { partitionOf } from '@burnline/contracts';
import { loadSpecs } from '@burnline/specs';
import type { SloPlan } from '@burnline/core';
import { createLogger } from '@burnline/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSource } from '../../services/burnline/dist/commands/read-source.js';
import { Output } from '../../services/burnline/dist/output/output.js';
import { readStatus, readWaitingRevisions } from '@burnline/queries';
import { Pipeline } from '../../services/burnline/dist/pipeline/pipeline.js';
import type { StartedStream } from '../../services/burnline/dist/pipeline/stream.js';
import { runReplay } from '../../services/burnline/dist/replay/run-replay.js';
import { eventNumber, messageOf } from '../support/events.ts';

/**
 * Goal: SLOs that are added, changed, removed and brought back while events flow are judged over everything that ever
 * happened, as if they had been there from the start, and never over a part of it.
 */
const EXAMPLE = new URL('../../examples/llmperf-2023/', import.meta.url).pathname;

let root: string;

function sloText(name: string, where: string): string {
  return `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: chat
  indicator:
    metadata: { name: ${name} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "${where}" } } }
        total: { metricSource: { type: burnline, spec: { where: "true", by: [provider], sum: [output_tokens] } } }
  timeWindow: [{ duration: 30d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.9 }]`;
}

function plansOf(text: string): readonly SloPlan[] {
  const service = 'apiVersion: openslo/v1\nkind: Service\nmetadata: { name: chat }\nspec: {}\n';
  const { plans, issues } = loadSpecs([{ file: 'specs.yaml', text: `${service}---${text}` }], {
    mode: 'strict',
  });
  expect(issues).toEqual([]);
  return plans;
}

function open(name: string, plans: readonly SloPlan[]): Promise<Pipeline> {
  const logger = createLogger({ name: 'test', level: 'silent' });
  return Pipeline.open({
    dataDirectory: path.join(root, name),
    plans,
    receivers: [],
    logger,
    sqlPort: 0,
  });
}

async function until(pipeline: Pipeline, look: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await look())) {
    pipeline.supervision.check();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('specs that change', () => {
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'burnline-specs-'));
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it(
    'while events flow: each revision that is judged counts every event, once',
    { timeout: 180_000 },
    async () => {
      const fast = sloText('fast', 'ttft_ms <= 300');
      const faster = sloText('fast', 'ttft_ms <= 200');
      const fine = sloText('fine', "status == 'ok'");
      let sent = 0;
      const send = async (pipeline: Pipeline, stream: StartedStream): Promise<void> => {
        for (let message = 0; message < 40; message += 1) {
          const event = eventNumber((sent += 1), {
            occurred_at: (Date.now() - (sent % 50) * 60_000) * 1_000,
            provider: ['a', 'b', 'c'][sent % 3]!,
            ttft_ms: [100, 250, 500, null][sent % 4]!,
            status: sent % 5 === 0 ? 'error' : 'ok',
            output_tokens: sent,
          });
          const partition = partitionOf(event.event_id, stream.partitionCount);
          const value = messageOf(pipeline.schemas, [event]);
          await pipeline.log.append([
            { topic: stream.topics.inference.name, partition, messages: [{ value }] },
          ]);
        }
      };
      const judged = async (pipeline: Pipeline): Promise<unknown> =>
        pipeline.store.query(
          `SELECT b.slo AS slo, labels['provider'] AS provider, good, total
         FROM (SELECT * FROM budgets FINAL ORDER BY evaluated_at DESC LIMIT 1 BY slo, series) AS b
         INNER JOIN (SELECT slo, argMax(spec_rev, activated_at) AS spec_rev FROM active_specs GROUP BY slo) AS a
           ON a.slo = b.slo AND a.spec_rev = b.spec_rev
         INNER JOIN (SELECT DISTINCT slo, spec_rev, series, labels FROM series) AS l
           ON l.slo = b.slo AND l.spec_rev = b.spec_rev AND l.series = b.series
         ORDER BY slo, provider`,
        );
      const raw = async (pipeline: Pipeline, slos: Readonly<Record<string, string>>): Promise<unknown> => {
        const parts = Object.entries(slos).map(
          ([slo, good]) => `SELECT '${slo}' AS slo, provider, countIf(${good}) AS good, count() AS total
           FROM inferences GROUP BY provider`,
        );
        return pipeline.store.query(`SELECT * FROM (${parts.join(' UNION ALL ')}) ORDER BY slo, provider`);
      };
      const settled = async (pipeline: Pipeline, stream: StartedStream): Promise<void> => {
        await until(pipeline, () => stream.rollout.isSettled);
        await until(pipeline, async () => {
          const [row] = await pipeline.store.query<{ count: number }>(
            'SELECT count() AS count FROM inferences',
          );
          return row?.count === sent;
        });
      };
      /** Sends more once the change is proposed, and again once it holds. */
      const change = async (pipeline: Pipeline, stream: StartedStream, text: string): Promise<void> => {
        pipeline.proposeSlos(plansOf(text));
        await send(pipeline, stream);
        await settled(pipeline, stream);
        await send(pipeline, stream);
        await settled(pipeline, stream);
      };
      const agree = async (pipeline: Pipeline, slos: Readonly<Record<string, string>>): Promise<void> => {
        const expected = JSON.stringify(await raw(pipeline, slos));
        await until(pipeline, async () => {
          const found = JSON.stringify(await judged(pipeline));
          return found === expected;
        });
      };
      const [IS_FAST, IS_FASTER, IS_FINE] = ['ttft_ms <= 300', 'ttft_ms <= 200', "status = 'ok'"];

      let pipeline = await open('live', plansOf(fast));
      let stream = await pipeline.startStream('live', 'live');
      await send(pipeline, stream);
      await settled(pipeline, stream);
      await agree(pipeline, { fast: IS_FAST });
      await change(pipeline, stream, `${faster}\n---${fine}`);
      await agree(pipeline, { fast: IS_FASTER, fine: IS_FINE });
      await pipeline.close();
      // While nothing ran, the first one came back and another went.
      pipeline = await open('live', plansOf(fast));
      stream = await pipeline.startStream('live', 'live');
      await send(pipeline, stream);
      await settled(pipeline, stream);
      await agree(pipeline, { fast: IS_FAST });
      const names = await pipeline.store.query<{ spec_rev: string; count: number }>(
        `SELECT splitByChar('.', spec_rev)[1] AS spec_rev, uniqExact(spec_revisions.spec_rev) AS count FROM spec_revisions
       GROUP BY spec_rev ORDER BY count`,
      );
      expect(names.map(({ count }) => count)).toEqual([1, 1, 2]);
      // What was ended is not counted any more.
      const ended = await pipeline.store.query<{ counted: number }>(
        `SELECT sum(total)::UInt32 AS counted FROM slo_panes WHERE slo = 'fine'`,
      );
      expect(ended[0]!.counted).toBeLessThan(sent);
      await pipeline.close();
    },
  );

  it('added to a history that was replayed: it shows its 30 days at once', { timeout: 180_000 }, async () => {
    const file = path.join(EXAMPLE, 'slos.yaml');
    const { plans } = loadSpecs([{ file, text: await readFile(file, 'utf8') }], { mode: 'tolerant' });
    const output = new Output({
      isJson: true,
      isErrorTerminal: false,
      hasColors: false,
      hasErrorColors: false,
    });
    const replay = async (pipeline: Pipeline): Promise<void> => {
      const input = {
        file: path.join(EXAMPLE, 'data/requests.csv'),
        mapping: path.join(EXAMPLE, 'mapping.yaml'),
      };
      const interrupted = new AbortController().signal;
      const source = await readSource(input, output, interrupted);
      await runReplay(pipeline, source, { interrupted });
    };
    const statusOf = async (pipeline: Pipeline): Promise<unknown> => {
      const rows = await readStatus(pipeline.store, { asOfMs: Date.now(), stream: null });
      // Not the state: it goes by how much of the period is filled, and the history's rows are older than this instant.
      return rows.map(({ slo, labels, good, bad, total, remainingRatio, burnRates }) => ({
        ...{ slo, labels, good, bad, total, remainingRatio },
        burnRates,
      }));
    };
    const whole = await open('whole', plans);
    await replay(whole);
    const expected = await statusOf(whole);
    await whole.close();

    const part = await open('part', plans.slice(0, 1));
    await replay(part);
    part.proposeSlos(plans);
    const startedAtMs = performance.now();
    await replay(part);
    console.log(
      `${plans.length - 1} SLOs added to 2,845 events: judged after ${Math.round(performance.now() - startedAtMs)} ms`,
    );
    expect(await statusOf(part)).toEqual(expected);

    // Nothing waits any more; a revision that is only counted would.
    expect(await readWaitingRevisions(part.store)).toEqual([]);
    const [stream] = await part.store.query<{ stream: string }>('SELECT DISTINCT stream FROM spec_begins');
    const begun = { ...stream!, spec_rev: 'waiting' };
    await part.store.insertRows('spec_revisions', [{ slo: 'new', spec_rev: 'waiting', plan: '{}' }]);
    await part.store.insertRows('spec_begins', [
      { ...begun, stream_epoch: 'e', partition: 0, begin_offset: 5 },
    ]);
    const waiting = { stream: stream!.stream, slo: 'new', specRev: 'waiting' };
    expect(await readWaitingRevisions(part.store)).toEqual([waiting]);
    await part.close();
  });
});
