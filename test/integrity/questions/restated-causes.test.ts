import type { SloPlan } from '@burnline/core';
import { BurnStage, addAdjustment, recordSlos, revokeAdjustment } from '@burnline/judging';
import { loadSpecs } from '@burnline/specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';
import { daysOf, ratio, SERVICE, slo } from './rolling-days.ts';

/** Goal: every cause for which a day of a rolling window is not what was said of it is named, alone and beside others. */
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('causes of restated days', () => {
  const [MIDNIGHT_MS, STREAM] = [Date.UTC(2026, 2, 30), 'live'];
  const load = (text: string): readonly SloPlan[] =>
    loadSpecs([{ file: 'slos.yaml', text }], { mode: 'tolerant' }).plans;
  const plansOf = (target: string, where = "status == 'ok'"): readonly SloPlan[] =>
    load([SERVICE, slo('plain', ratio(`where: "${where}"`), `target: ${target}`)].join('\n---'));
  const by = { author: 'ann', reason: 'moved the database' };

  let database: TestDatabase;
  let chunk = 0;
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.close());

  const rowOf = ([plan]: readonly SloPlan[], paneMs: number): object => ({
    ...{ stream: STREAM, stream_epoch: STREAM, slo: plan!.slo, spec_rev: plan!.sli.specRev, series: 0 },
    ...{ partition: 0, chunk: (chunk += 1), version: 1, log_interval: paneMs / 1_000, excluded: 0 },
    ...{ pane: paneMs / 1_000, sums: {}, histogram: {}, zero_count: 0 },
    kept_since: Math.floor(Date.now() / 1_000),
  });
  const count = (plans: readonly SloPlan[], panesMs: readonly number[], good = 9): Promise<void> =>
    database.store.insertRows(
      'sli_panes',
      panesMs.map((paneMs) => ({ ...rowOf(plans, paneMs), good, total: 10 })),
    );
  async function judge(plans: readonly SloPlan[], atMs: number): Promise<void> {
    const { store } = database;
    await recordSlos(store, plans, Date.now());
    await store.insertRows(
      'spec_revisions',
      plans.map(({ slo: name, sli }) => ({ slo: name, spec_rev: sli.specRev, plan: JSON.stringify(sli) })),
    );
    await store.insertRows('stream_epochs', [
      { stream: STREAM, stream_epoch: STREAM, topic: STREAM, clock: 'live', partition_count: 1 },
    ]);
    const clock = { due: () => Promise.resolve({ fromMs: atMs, toMs: atMs, coverage: 1 }) };
    const settings = {
      stream: STREAM,
      kind: 'live',
      judged: () => plans,
      paneMs: 10_000,
      tickMs: 5_000,
    } as const;
    await new BurnStage(store, clock, settings).tick();
  }
  async function causesBy(): Promise<Readonly<Record<string, readonly string[]>>> {
    const env = { CLICKHOUSE_URL: database.url, CLICKHOUSE_USER: 'burnline', CLICKHOUSE_PASSWORD: 'test' };
    const days = await daysOf(['--rolling', 'plain', '--days', '5'], env);
    return Object.fromEntries(days.map(({ toMs, causes }) => [new Date(toMs).getUTCDate(), causes]));
  }

  it('are late events, adjustments and their ends, changes of the spec, and backfills', async () => {
    const [first, stricter] = [plansOf('0.9'), plansOf('0.95')];
    const hours = Array.from({ length: 30 }, (_, hour) => MIDNIGHT_MS - 26 * HOUR_MS + hour * HOUR_MS);
    await count(
      first,
      hours.filter((atMs) => atMs < MIDNIGHT_MS - DAY_MS),
    );
    await judge(first, MIDNIGHT_MS - DAY_MS - 5_000);
    await count(
      first,
      hours.filter((atMs) => atMs >= MIDNIGHT_MS - DAY_MS && atMs < MIDNIGHT_MS),
    );
    await judge(first, MIDNIGHT_MS - 5_000);
    await count(
      first,
      hours.filter((atMs) => atMs >= MIDNIGHT_MS),
    );
    await judge(first, MIDNIGHT_MS + 4 * HOUR_MS);
    expect(await causesBy()).toEqual({ 29: [], 30: [] });

    const revoked = await addAdjustment(
      database.store,
      { ...by, all: true, fromMs: MIDNIGHT_MS - 3 * HOUR_MS, toMs: MIDNIGHT_MS - 2 * HOUR_MS },
      MIDNIGHT_MS,
    );
    expect(await causesBy()).toEqual({ 29: [], 30: [`adjustment ${revoked.id}`] });
    await count(first, [MIDNIGHT_MS - 25 * HOUR_MS], 0);
    expect(await causesBy()).toEqual({
      29: ['late_events'],
      30: ['late_events', `adjustment ${revoked.id}`],
    });
    await revokeAdjustment(database.store, { ...by, id: revoked.id });
    expect(await causesBy()).toEqual({ 29: ['late_events'], 30: ['late_events'] });

    // What was in force when the day ended is in what was said of it.
    const { id } = await addAdjustment(
      database.store,
      { ...by, all: true, fromMs: MIDNIGHT_MS + HOUR_MS, toMs: MIDNIGHT_MS + 2 * HOUR_MS },
      MIDNIGHT_MS,
    );
    await judge(first, MIDNIGHT_MS + DAY_MS - 5_000);
    await judge(first, MIDNIGHT_MS + DAY_MS + HOUR_MS);
    expect(await causesBy()).toMatchObject({ 31: [] });
    await revokeAdjustment(database.store, { ...by, id });
    expect(await causesBy()).toMatchObject({ 31: [`adjustment ${id} revoked`] });

    // The night of the last day nobody judged: nothing is told of it.
    await judge(stricter, MIDNIGHT_MS + 2 * DAY_MS + 5 * HOUR_MS);
    const changed = await causesBy();
    expect(changed).toEqual({ 29: ['spec_change'], 30: ['spec_change'], 31: ['spec_change'] });

    const other = plansOf('0.95', "status == 'ok' && is_final");
    const [{ sli }] = other as readonly [SloPlan];
    await database.store.insertRows(
      'sli_archive',
      hours.map((atMs) => ({
        ...{ stream: STREAM, stream_epoch: STREAM, slo: 'plain', spec_rev: sli.specRev, series: 0 },
        ...{
          source_kind: 'backfill',
          source: 0,
          level: '5m',
          bucket: atMs / 1_000,
          first_pane: atMs / 1_000,
        },
        ...{ good: 5, total: 10, excluded: 0, sums: {}, histogram: {}, zero_count: 0, version: 1 },
        kept_since: Math.floor(Date.now() / 1_000),
      })),
    );
    await database.store.insertRows('backfills', [
      { stream: STREAM, slo: 'plain', spec_rev: sli.specRev, events: 300 },
    ]);
    await judge(other, MIDNIGHT_MS + 2 * DAY_MS + 6 * HOUR_MS);
    const backfilled = await causesBy();
    expect(backfilled).toEqual({
      29: ['spec_change', 'backfill'],
      30: ['spec_change', 'backfill'],
      31: ['spec_change', 'backfill'],
    });
  });
});
