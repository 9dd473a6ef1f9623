import { readFileSync } from 'node:fs';
import { BurnStage, type EvaluationSpan } from '@burnline/judging';
import { loadSpecs } from '@burnline/specs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureDispersions } from '../../packages/judging/dist/dispersion/measure-dispersions.js';
import { dateTime64OfMs } from '../../packages/runtime/dist/clickhouse/timestamps.js';
import { evaluateTier } from '../../services/alerter/dist/deciding/tier-evaluation.js';
import { readBurnRows } from '../../services/alerter/dist/deciding/burn-rows.js';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * Goal: how much bad events come in bursts is measured right, outside of incidents, and the same figure decides what is written
 * and what is told.
 *
 * Method: sealed 5-minute rows in a real engine, some of them in two sources; numpy's figures (`test/golden/dispersion-figures.py`
 * writes them), and a recount slice by slice.
 */
interface Figure {
  readonly name: string;
  readonly bad: readonly number[];
  readonly total: readonly number[];
  readonly phi: number;
}
const { cases } = JSON.parse(
  readFileSync(new URL('../golden/dispersion-figures.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly Figure[] };

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
const SLICE_S = 300;
const END_S = Date.UTC(2026, 10, 2, 12) / 1_000;
const SPECS = `
apiVersion: openslo/v1
kind: SLO
metadata:
  name: availability
  annotations: { burnline.dev/low-traffic: exact }
spec:
  service: chat
  indicator:
    metadata: { name: availability }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total: { metricSource: { type: burnline, spec: { by: [provider] } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.99 }]
`;
const { plans } = loadSpecs([{ file: 'slos.yaml', text: SPECS }], { mode: 'tolerant' });
const { slo, specRev } = plans[0]!.sli;

interface Slice {
  readonly atS: number;
  readonly bad: number;
  readonly total: number;
}
interface MeasuredRow {
  readonly series: number;
  readonly days: number;
  readonly slices: number;
  readonly bad: number;
  readonly total: number;
  readonly phi: number;
}

let database: TestDatabase;

/** Slices of each series in turn, the last one ending where the stream is sealed; every third is split over two sources. */
const slicesOf = ({ bad, total }: Pick<Figure, 'bad' | 'total'>): readonly Slice[] =>
  bad.map((count, index) => ({
    atS: END_S - (bad.length - index) * SLICE_S,
    bad: count,
    total: total[index]!,
  }));

async function seal(stream: string, series: readonly (readonly Slice[])[]): Promise<void> {
  const row = (index: number, { atS, bad, total }: Slice, sourceS: number) => ({
    ...{ stream, stream_epoch: stream, slo, spec_rev: specRev, series: index + 1, level: '5m', bucket: atS },
    ...{ source_kind: 'hour', source: sourceS, version: 1, good: total - bad, total, excluded: 0 },
    ...{ sums: {}, histogram: {}, zero_count: 0, first_pane: atS, kept_since: sourceS },
  });
  await database.store.insertRows('stream_epochs', [
    {
      ...{
        stream_epoch: stream,
        stream,
        topic: stream,
        clock: 'live',
        partition_count: 1,
        start_offsets: [0],
      },
      ...{ interval_ms: 60_000, chunk_events_max: 1_000, repeat_window_messages: 1_000, pane_ms: 10_000 },
      created_at: dateTime64OfMs(0),
    },
  ]);
  await database.store.insertRows('seal_pointers', [
    {
      stream_epoch: stream,
      source_kind: 'hour',
      through: END_S,
      next_chunks: [],
      written_at: dateTime64OfMs(0),
    },
  ]);
  const rows = series.flatMap((slices, index) =>
    slices.flatMap((slice, at) => {
      const sourceS = Math.floor(slice.atS / HOUR_S) * HOUR_S;
      if (at % 3 !== 0 || slice.total < 2 || sourceS + HOUR_S >= END_S) return [row(index, slice, sourceS)];
      // What came late is in another source.
      const late = { atS: slice.atS, bad: Math.min(slice.bad, 1), total: 1 };
      const rest = { atS: slice.atS, bad: slice.bad - late.bad, total: slice.total - 1 };
      return [row(index, rest, sourceS), row(index, late, sourceS + HOUR_S)];
    }),
  );
  // A row above the pointer is not sealed, and counts nowhere yet.
  rows.push(row(0, { atS: END_S - SLICE_S, bad: 1_000, total: 1_000 }, END_S));
  await database.store.insertRows(
    'sli_archive',
    rows.filter(({ total }) => total > 0),
  );
}

const measured = (stream: string): Promise<readonly MeasuredRow[]> =>
  database.store.query<MeasuredRow>(
    `SELECT toUInt32(series) AS series, days, slices, bad, total, phi FROM dispersions FINAL
     WHERE stream = {stream:String} ORDER BY series`,
    { stream },
  );

/** Slice by slice, as the definition has it; null where there is too little to measure. */
function recount(slices: readonly Slice[]): Omit<MeasuredRow, 'series'> | null {
  const seen = slices.filter(({ total }) => total > 0);
  const [bad, total] = [
    seen.reduce((sum, one) => sum + one.bad, 0),
    seen.reduce((sum, one) => sum + one.total, 0),
  ];
  if (seen.length < 30 || bad < 10 || bad === total) return null;
  const p = bad / total;
  const sum = seen.reduce((all, one) => all + (one.bad - one.total * p) ** 2 / (one.total * p * (1 - p)), 0);
  const days = new Set(seen.map(({ atS }) => Math.floor(atS / DAY_S))).size;
  return { days, slices: seen.length, bad, total, phi: sum / (seen.length - 1) };
}

/** Up to the next thousandth. */
function expectSame(actual: MeasuredRow | undefined, expected: Omit<MeasuredRow, 'series'> | null): void {
  if (expected === null) return expect(actual).toBeUndefined();
  const { phi, ...counts } = expected;
  expect(actual).toMatchObject(counts);
  expect(actual!.phi - phi).toBeGreaterThan(-1e-6);
  expect(actual!.phi - phi).toBeLessThan(0.001 + 1e-6);
}

describe('indices of dispersion', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.close());

  it('are what numpy says of the same slices', async () => {
    await seal('numpy', cases.map(slicesOf));
    await measureDispersions(database.store, 'numpy', plans);
    const rows = await measured('numpy');
    expect(rows.map(({ series }) => series)).toEqual(cases.map((_, index) => index + 1));
    cases.forEach((figure, index) => {
      expectSame(rows[index], { ...recount(slicesOf(figure))!, phi: figure.phi });
    });
    expect(rows[0]!.phi).toBeLessThan(1.5);
    expect(rows[3]!.phi).toBeGreaterThan(2.5);
    // Measured again, it is the same row.
    await measureDispersions(database.store, 'numpy', plans);
    expect(await measured('numpy')).toEqual(rows);
  });

  it('are those of a recount, whatever lies in a week of sealed slices', async () => {
    const slice = fc
      .record({ back: fc.integer({ min: 1, max: 8 * 288 }), bad: fc.nat(6), good: fc.nat(40) })
      .map(({ back, bad, good }) => ({ atS: END_S - back * SLICE_S, bad, total: bad + good }));
    const series = fc.uniqueArray(slice, { maxLength: 90, selector: ({ atS }) => atS });
    const histories = fc.sample(fc.array(series, { minLength: 1, maxLength: 6 }), 12);
    for (const [index, history] of histories.entries()) {
      const stream = `random-${index}`;
      await seal(stream, history);
      await measureDispersions(database.store, stream, plans);
      const rows = await measured(stream);
      history.forEach((slices, at) => {
        const week = slices.filter(({ atS }) => atS >= END_S - 7 * DAY_S);
        expectSame(
          rows.find((row) => row.series === at + 1),
          recount(week),
        );
      });
    }
  });

  it('leave out the days of a series on which an alert of it fired, and of no other', async () => {
    const quiet = {
      bad: Array.from({ length: 576 }, (_, index) => (index % 7 === 0 ? 1 : 0)),
      total: Array(576).fill(12),
    };
    const stream = 'incident';
    // Two days, of which the second has an hour in which everything fails.
    const incident = slicesOf(quiet).map((one, index) =>
      index >= 500 && index < 512 ? { ...one, bad: 12 } : one,
    );
    await seal(stream, [incident, incident]);
    const atS = incident[501]!.atS;
    const decision = (kind: string, evaluatedS: number) => ({
      ...{
        decision_key: `${stream}|${kind}`,
        alert_key: `${stream}|${slo}|1|1h&5m`,
        stream,
        slo,
        spec_rev: specRev,
      },
      ...{
        series: 1,
        labels: {},
        tier: '1h&5m',
        severity: 'SEV-2',
        decision: kind,
        evaluated_at: evaluatedS,
      },
      ...{
        long_window_s: HOUR_S,
        long_bad: 1,
        long_total: 1,
        short_window_s: SLICE_S,
        short_bad: 1,
        short_total: 1,
      },
      ...{ factor: 14.4, coverage: 1, attribution: '[]', log_offset: 1, decided_at: dateTime64OfMs(0) },
    });
    await database.store.insertRows('alert_decisions', [
      decision('fire', atS),
      decision('resolve', atS + HOUR_S),
    ]);
    await measureDispersions(database.store, stream, plans);
    const rows = await measured(stream);
    const day = Math.floor(atS / DAY_S);
    expectSame(rows[0], recount(incident.filter((one) => Math.floor(one.atS / DAY_S) !== day)));
    expectSame(rows[1], recount(incident));
    expect(rows[0]!.phi).toBeLessThan(1.2);
    expect(rows[1]!.phi).toBeGreaterThan(4);
  });

  it('are measured for those alone who ask for evidence', async () => {
    await seal('nobody', cases.map(slicesOf));
    const { plans: plain } = loadSpecs(
      [{ file: 'slos.yaml', text: SPECS.replace('low-traffic: exact', 'low-traffic: min-bad') }],
      { mode: 'tolerant' },
    );
    expect(await measureDispersions(database.store, 'nobody', plain)).toBe(0);
    expect(await measured('nobody')).toEqual([]);
  });

  it('decide what is judged between ticks, at ticks, after a restart and by the decider alike', async () => {
    const stream = 'judged';
    const figure = cases[3]!;
    await seal(stream, [slicesOf(figure), []]);
    await measureDispersions(database.store, stream, plans);
    const [row] = await measured(stream);
    let [nowMs, position] = [(END_S + 10 * DAY_S) * 1_000, 0];
    const written = () => [{ epoch: stream, partition: 0, position, logTimeMs: nowMs - 20_000 }];
    const clock = {
      written: () => Promise.resolve(written()),
      due: (): Promise<EvaluationSpan> =>
        Promise.resolve({ fromMs: nowMs, toMs: nowMs, coverage: 1, written: written() }),
    };
    const options = { stream, kind: 'live', judged: () => plans, paneMs: 10_000, tickMs: 60_000 } as const;
    const stageOf = () => new BurnStage(database.store, clock, options);
    const write = async (bad: number, total: number): Promise<void> => {
      position += 1;
      const paneS = Math.floor(nowMs / 10_000) * 10 - 10;
      await database.store.insertRows(
        'sli_panes',
        [1, 2].map((series) => ({
          ...{ stream, stream_epoch: stream, slo, spec_rev: specRev, series, partition: 0, chunk: position },
          ...{ version: position, good: total - bad, total, excluded: 0, pane: paneS, log_interval: paneS },
          ...{ kept_since: paneS, sums: {}, histogram: {}, zero_count: 0 },
        })),
      );
    };
    const burning = async (): Promise<readonly string[]> => {
      const span = { stream, shard: 0, shardCount: 1, fromMs: 0, toMs: nowMs, limit: 1_000 };
      const rows = await readBurnRows(database.store, span);
      return ['1', '2'].map((series) => {
        const last = rows.filter((one) => one.series === series).at(-1)!;
        const tiers = plans[0]!.tiers.filter(
          (tier) =>
            tier.severity === 'page' &&
            evaluateTier(last, { plan: plans[0]!, tier, atMs: nowMs, firedAtMs: null })?.burning,
        );
        return `${last.dispersion}: ${tiers.map(({ name }) => name).join()}`;
      });
    };
    const stage = stageOf();
    await write(0, 10);
    await stage.tick();
    nowMs += 1_000;
    // Five of fifteen are evidence against 13.44 % where events are independent, and none where they come in bursts.
    await write(5, 5);
    await stage.look();
    await stage.tick();
    expect(await burning()).toEqual([`${row!.phi}: `, '1: 1h&5m,6h&30m']);
    nowMs += 1_000;
    const again = stageOf();
    await again.tick();
    expect(await burning()).toEqual([`${row!.phi}: `, '1: 1h&5m,6h&30m']);
    // More of the same is evidence for both.
    await write(60, 60);
    nowMs += 1_000;
    await again.look();
    expect((await burning())[0]).toBe(`${row!.phi}: 1h&5m,6h&30m`);
  });
});
