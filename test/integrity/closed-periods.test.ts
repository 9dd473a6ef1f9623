import { PeriodCloser, addAdjustment, revokeAdjustment } from '@burnline/judging';
import { readClosedPeriods, type ClosedPeriod } from '@burnline/queries';
import type { StreamEpoch } from '@burnline/runtime';
import { loadSpecs } from '@burnline/specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/burnline-cli.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * Goal: a month that is over is closed once, and stays as it was reported; what changes it afterwards is found, once, with its
 * figure before and after and why, whoever looks, and however often.
 *
 * Method: rows of a month with a change of clocks in a real engine, watermarks that pass its end, and two closers at once.
 */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** March 2026 in Berlin: 743 hours. */
const FROM_MS = Date.UTC(2026, 1, 28, 23);
const TO_MS = Date.UTC(2026, 2, 31, 22);
const STREAM = 'live';
const EPOCH = { epoch: 'live@1', stream: STREAM, topic: 'live', partitionCount: 2 } as StreamEpoch;

const ratio = (name: string, where: string, by: string): string =>
  `{ metadata: { name: ${name} }, spec: { ratioMetric: { counter: false, good: { metricSource: { type: burnline, spec: { where: "${where}" } } }, total: { metricSource: { type: burnline, spec: {${by}} } } } } }`;
const slo = (name: string, objectives: string): string => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: chat
  timeWindow: [{ duration: 1M, isRolling: false, calendar: { startTime: '2026-01-01 00:00:00', timeZone: Europe/Berlin } }]
  budgetingMethod: Occurrences
${objectives}`;
const SPECS = [
  slo(
    'plain',
    `  indicator: ${ratio('plain', "status == 'ok'", ' by: [tenant], seriesMax: 10 ')}
  objectives: [{ target: 0.9 }]`,
  ),
  slo(
    'both',
    `  objectives:
    - { displayName: one, target: 0.9, indicator: ${ratio('one', "status == 'ok'", '')} }
    - { displayName: two, target: 0.8, indicator: ${ratio('two', "provider == 'a'", '')} }`,
  ),
].join('\n---');

let database: TestDatabase;
const { plans } = loadSpecs([{ file: 'slos.yaml', text: SPECS }], { mode: 'tolerant' });
let chunk = 0;

/** Rows of every counted SLO in the given panes; of `plain` two series. */
async function count(panesMs: readonly number[], good = 9, total = 10): Promise<void> {
  const counted = plans.filter(({ sli }) => sli.composite === undefined);
  await database.store.insertRows(
    'sli_panes',
    panesMs.flatMap((paneMs) =>
      counted.flatMap(({ sli }) =>
        (sli.slo === 'plain' ? [5, 6] : [0]).map((series) => ({
          ...{ stream: STREAM, stream_epoch: EPOCH.epoch, slo: sli.slo, spec_rev: sli.specRev, series },
          ...{
            pane: paneMs / 1_000,
            partition: 0,
            chunk: (chunk += 1),
            version: 1,
            log_interval: paneMs / 1_000,
          },
          ...{ good, total, excluded: 0, sums: {}, histogram: {}, zero_count: 0 },
          kept_since: Math.floor(Date.now() / 1_000),
        })),
      ),
    ),
  );
}

/** What is written up to a log time, of both partitions or of one. */
async function passed(atMs: number, partitions: readonly number[] = [0, 1]): Promise<void> {
  await database.store.insertRows(
    'watermarks',
    partitions.map((partition) => ({
      ...{ consumer: 'processor', stream: STREAM, stream_epoch: EPOCH.epoch, topic: 'live', partition },
      ...{
        position: 1,
        log_time: new Date(atMs).toISOString().slice(0, -1),
        last_timestamp_ms: 0,
        last_checksum: 0,
      },
    })),
  );
}

const closer = (): PeriodCloser =>
  new PeriodCloser(database.store, {
    ...{ stream: STREAM, epochs: [EPOCH], judged: () => plans, paneMs: 10_000 },
  });

/** Two processes look at once, and one of them again. */
async function look(): Promise<void> {
  const one = closer();
  await Promise.all([one.step(), closer().step()]);
  await one.step();
}

const periods = (): Promise<readonly ClosedPeriod[]> =>
  readClosedPeriods(database.store, { stream: STREAM, slo: null });
const ofTenant = async (tenant: string): Promise<ClosedPeriod> =>
  (await periods()).find(({ labels }) => labels['tenant'] === tenant)!;
const figure = (good: number, total: number) => ({
  ...{ good, bad: total - good, total },
  remainingRatio: expect.closeTo(1 - (total - good) / total / 0.1, 9) as number,
});

const by = { author: 'ann', reason: 'moved the database' };

describe('a month that is over', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
    expect(plans.map(({ slo: name }) => name).sort()).toEqual(['both', 'both/one', 'both/two', 'plain']);
    await database.store.insertRows(
      'slos',
      plans.map(({ slo: name, service, sli }) => ({
        ...{ slo: name, spec_rev: sli.specRev, display_name: name, service, period: '1M', loaded_at: 1 },
        ...{ target_numerator: 9, target_denominator: 10, dimensions: sli.groupBy.dimensions },
      })),
    );
    const { specRev } = plans.find(({ slo: name }) => name === 'plain')!.sli;
    await database.store.insertRows(
      'series',
      ['x', 'y'].map((tenant, index) => ({
        ...{ slo: 'plain', spec_rev: specRev, series: 5 + index, labels: { tenant } },
      })),
    );
    // The first and the last pane of the month, and those beside it; 40 rows within.
    await count([FROM_MS - 10_000, FROM_MS, TO_MS - 10_000, TO_MS, TO_MS + HOUR_MS]);
    await count(Array.from({ length: 40 }, (_, index) => FROM_MS + (index + 1) * 10 * HOUR_MS));
  });
  afterAll(() => database.close());

  it('is closed once every partition has passed its end by an hour, with what counted in it', async () => {
    await passed(TO_MS + 2 * HOUR_MS, [0]);
    await look();
    await passed(TO_MS + 59 * MINUTE_MS, [1]);
    await look();
    expect((await periods()).filter(({ toMs }) => toMs === TO_MS)).toEqual([]);
    await passed(TO_MS + 2 * HOUR_MS);
    await look();
    const closed = (await periods()).filter(({ toMs }) => toMs === TO_MS);
    expect(closed.map(({ slo: name, labels }) => `${name} ${labels['tenant'] ?? ''}`)).toEqual([
      ...['both ', 'both/one ', 'both/two ', 'plain x', 'plain y'],
    ]);
    for (const one of closed) expect(one).toMatchObject({ fromMs: FROM_MS, coverage: 1, restatements: [] });
    expect(await ofTenant('x')).toMatchObject({ ...figure(378, 420), target: '0.9', state: 'at_risk' });
    // February has the one row before it.
    expect((await periods()).filter(({ toMs }) => toMs === FROM_MS)).toMatchObject(
      closed.map(({ slo: name }) => ({ slo: name, ...(name === 'plain' && { good: 9, total: 10 }) })),
    );
  });

  it('stays as it was reported when verdicts come late: they are a restatement beside it', async () => {
    await count([FROM_MS + 5 * HOUR_MS], 0, 30);
    await look();
    expect(await ofTenant('x')).toMatchObject({
      ...figure(378, 420),
      restatements: [{ before: figure(378, 420), after: figure(378, 450), causes: ['late_events'] }],
    });
    const [composite] = (await periods()).filter(({ slo: name, toMs }) => name === 'both' && toMs === TO_MS);
    expect(composite!.restatements).toHaveLength(1);
  });

  it('is restated by an adjustment after the fact, by its name, and back when that is revoked', async () => {
    const { id } = await addAdjustment(
      database.store,
      {
        ...{ ...by, slos: ['plain'], labels: { tenant: 'x' } },
        ...{ fromMs: FROM_MS + 5 * HOUR_MS, toMs: FROM_MS + 6 * HOUR_MS },
      },
      TO_MS,
    );
    await look();
    const other = await ofTenant('y');
    expect(other.restatements).toHaveLength(1);
    await revokeAdjustment(database.store, { ...by, id });
    await look();
    expect((await ofTenant('x')).restatements).toMatchObject([
      { causes: ['late_events'] },
      { before: figure(378, 450), after: figure(378, 420), causes: [`adjustment ${id}`] },
      { before: figure(378, 420), after: figure(378, 450), causes: [`adjustment ${id} revoked`] },
    ]);
    expect(await ofTenant('y')).toEqual(other);
  });

  it('tells late events from an adjustment where both came between two looks', async () => {
    await count([FROM_MS + 7 * HOUR_MS], 10, 10);
    const { id } = await addAdjustment(
      database.store,
      { ...by, all: true, fromMs: FROM_MS + 5 * HOUR_MS, toMs: FROM_MS + 6 * HOUR_MS },
      TO_MS,
    );
    await look();
    expect((await ofTenant('y')).restatements).toMatchObject([
      { causes: ['late_events'] },
      { before: figure(378, 450), after: figure(388, 460), causes: ['late_events'] },
      { before: figure(388, 460), after: figure(388, 430), causes: [`adjustment ${id}`] },
    ]);
    expect(await ofTenant('y')).toMatchObject(figure(378, 420));
    const [both] = (await periods()).filter(({ slo: name, toMs }) => name === 'both' && toMs === TO_MS);
    expect(both!.restatements.at(-1)!.causes).toEqual([`adjustment ${id}`]);
  });

  it('is shown by burnline periods with what changed it', async () => {
    const { exitCode, stdout } = await runCli(['periods', '--slo', 'plain'], {
      env: {
        ...{ CLICKHOUSE_URL: database.url, CLICKHOUSE_USER: 'burnline', CLICKHOUSE_PASSWORD: 'test' },
        COLUMNS: '200',
      },
    });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/tenant=y\s.*0\.0 %.*at_risk.*reported/);
    expect(stdout).toMatch(/restated.*late_events/);
    expect(stdout).not.toContain('both');
  });
});

it('what was over before an SLO was judged is not reported', async () => {
  database = await startTestDatabase();
  try {
    await database.store.insertRows(
      'active_specs',
      plans.map(({ slo: name, sli }) => ({
        ...{
          stream: STREAM,
          slo: name,
          spec_rev: sli.specRev,
          activated_at: new Date(TO_MS + 1).toISOString().slice(0, -1),
        },
      })),
    );
    await count([FROM_MS, TO_MS - 10_000]);
    await passed(TO_MS + 2 * HOUR_MS);
    await closer().step();
    expect(await periods()).toEqual([]);
  } finally {
    await database.close();
  }
});
