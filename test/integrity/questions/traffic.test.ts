import {
  COST_DIMENSIONS,
  readCost,
  readCountedEvents,
  readFleet,
  readJudgedSlos,
  type CountedCursor,
  type CountedEvent,
  type CountedQuery,
} from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { START_MS, modelOf, rounded, type RecordedEvent } from './recorded-events.ts';
import {
  ALL_SERIES,
  BAD_RANGE,
  HOUR_MS,
  WHOLE_RANGE,
  events,
  judged,
  judgedOf,
  replayHistory,
  within,
  type ReplayedHistory,
} from './replayed-history.ts';

/** Goal: as in slos.test.ts, of the rows behind figures, the fleet and cost. */
let history: ReplayedHistory;
let store: Store;
let stream: string;

beforeAll(async () => {
  history = await replayHistory();
  ({ store, stream } = history);
}, 120_000);
afterAll(() => history.close());

describe('the rows behind a figure', () => {
  const pagesOf = async (query: Omit<CountedQuery, 'limit'>): Promise<readonly CountedEvent[]> => {
    const found: CountedEvent[] = [];
    let after: CountedCursor | null = null;
    do {
      const page = await readCountedEvents(store, {
        ...query,
        limit: 250,
        ...(after === null ? {} : { after }),
      });
      expect(page.events.length).toBeLessThanOrEqual(250);
      expect(page.mayBeOther).toBe(false);
      found.push(...page.events);
      after = page.next;
    } while (after !== null);
    return found;
  };

  it('are the events of the file, each once, counted as panes count them', async () => {
    const slos = await readJudgedSlos(store, { stream });
    for (const series of ALL_SERIES) {
      const plan = slos.find((one) => one.slo === series.slo)!.sli;
      const query = { stream, plan, labels: series.labels, ...WHOLE_RANGE };
      const rows = await pagesOf(query);
      const expected = judgedOf(series, WHOLE_RANGE);
      const textOf = (id: string, countedAs: string, weight: number): string =>
        `${id} ${countedAs} ${weight}`;
      expect(rows.map((one) => textOf(one.eventId, one.countedAs, one.weight)).sort()).toEqual(
        expected
          .map(({ event, countedAs }) => textOf(event.event_id, countedAs, event.weight / 1_000))
          .sort(),
      );
      const [panes] = await store.query<{ good: number; bad: number; excluded: number }>(
        `SELECT sum(good) AS good, sum(bad) AS bad, sum(excluded) AS excluded FROM slo_panes
         WHERE stream = {stream:String} AND slo = {slo:String} AND mapSort(labels) = mapSort({labels:Map(String, String)})`,
        { stream, ...series },
      );
      for (const countedAs of ['good', 'bad', 'excluded'] as const) {
        const sum = rows
          .filter((one) => one.countedAs === countedAs)
          .reduce((all, one) => all + one.weight, 0);
        expect(panes![countedAs]).toBeCloseTo(sum, 6);
      }
    }
  });

  it('can be those that were counted in one way, in one stretch of time', async () => {
    const plan = (await readJudgedSlos(store, { stream })).find(({ slo }) => slo === 'ttft')!.sli;
    const rows = await pagesOf({ stream, plan, labels: {}, ...BAD_RANGE, countedAs: ['bad'] });
    const expected = judged.filter(
      (one) => one.slo === 'ttft' && one.countedAs === 'bad' && within(BAD_RANGE)(one.event),
    );
    expect(expected.length).toBeGreaterThan(0);
    expect(rows.map((one) => one.eventId).sort()).toEqual(expected.map(({ event }) => event.event_id).sort());
    expect(rows.map((one) => one.fields['ttft_ms'])).toEqual(
      rows.map((one) => events.find(({ event_id: id }) => id === one.eventId)!.ttft_ms),
    );
  });

  it('are refused for what no row names', async () => {
    const plan = (await readJudgedSlos(store, { stream })).find(({ slo }) => slo === 'quality')!.sli;
    const query = { stream, plan, ...WHOLE_RANGE, limit: 1 };
    await expect(
      readCountedEvents(store, { ...query, labels: { tenant: '__other__' } }),
    ).rejects.toMatchObject({ code: 'QUERY_SERIES_OTHER' });
    await expect(readCountedEvents(store, { ...query, labels: { provider: 'x' } })).rejects.toMatchObject({
      code: 'QUERY_LABELS_UNKNOWN',
    });
  });
});

describe('the fleet', () => {
  const nearestRank = (values: readonly RecordedEvent[], p: number): number => {
    const sorted = [...values].sort((a, b) => (a.ttft_ms ?? 0) - (b.ttft_ms ?? 0));
    const rank = Math.ceil(p * sum(sorted, ({ weight }) => weight));
    let seen = 0;
    return sorted.find(({ weight }) => (seen += weight) >= rank)!.ttft_ms!;
  };
  const sum = (of: readonly RecordedEvent[], value: (event: RecordedEvent) => number): number =>
    of.reduce((all, event) => all + value(event), 0);

  it.each([
    ['all', WHOLE_RANGE],
    ['a quarter of an hour', BAD_RANGE],
  ])('is what the file says: %s', async (_, range) => {
    const fleet = await readFleet(store, { stream, ...range });
    const found = events.filter(within(range));
    const pairs = new Set(found.map((event) => JSON.stringify([event.provider, modelOf(event)])));
    expect(fleet.map(({ provider, model }) => JSON.stringify([provider, model])).sort()).toEqual(
      [...pairs].sort(),
    );
    for (const member of fleet) {
      const own = found.filter(
        (event) => event.provider === member.provider && modelOf(event) === member.model,
      );
      const weightOf = (test: (event: RecordedEvent) => boolean): number =>
        sum(own.filter(test), ({ weight }) => weight);
      const [all, ok] = [weightOf(() => true), weightOf(({ status }) => status === 'ok')];
      const cancelled = weightOf(({ status }) => status === 'cancelled');
      const isRefused = ({ refused_by: by }: RecordedEvent): boolean => by === 'gateway' || by === 'budget';
      const refused = weightOf(isRefused);
      expect(member).toMatchObject({
        requests: rounded(all),
        ok: rounded(ok),
        cancelled: rounded(cancelled),
        refused: rounded(refused),
        availabilityRatio: expect.closeTo(ok / (all - cancelled - refused), 9) as number,
        cancelledRatio: expect.closeTo(cancelled / all, 9) as number,
      });
      const kindOf = ({ error_type: type, status }: RecordedEvent): string => (type === '' ? status : type);
      const failed = own.filter(
        (event) => event.status !== 'ok' && event.status !== 'cancelled' && !isRefused(event),
      );
      expect(member.errors).toEqual(
        Object.fromEntries(
          [...new Set(failed.map(kindOf))].map((kind) => [
            kind,
            rounded(
              sum(
                failed.filter((event) => kindOf(event) === kind),
                ({ weight }) => weight,
              ),
            ),
          ]),
        ),
      );
      const timed = own.filter(({ ttft_ms: ttft }) => ttft !== null);
      for (const [name, p] of [
        ['p50', 0.5],
        ['p95', 0.95],
        ['p99', 0.99],
      ] as const) {
        const right = nearestRank(timed, p);
        expect(Math.abs(member.ttftMs![name] - right)).toBeLessThanOrEqual(0.008 * right);
      }
      const spoken = own.filter((event) => event.status === 'ok' && event.output_tokens !== null);
      const tokens = sum(spoken, (event) => event.output_tokens! * event.weight);
      const seconds = sum(spoken, (event) => (event.duration_ms! * event.weight) / 1_000);
      expect(member.outputTokensPerSecond).toBeCloseTo(tokens / seconds, 6);
    }
  });
});

describe('cost', () => {
  const valueOf: Readonly<Record<string, (event: RecordedEvent) => string>> = {
    service: () => 'chat',
    tenant: ({ tenant }) => tenant,
    environment: () => '',
    provider: ({ provider }) => provider,
    model: modelOf,
    prompt_name: () => '',
    task_id: (event) => event.task_id,
  };

  it.each(COST_DIMENSIONS)('is what the file says, by %s and bucket', async (by) => {
    for (const bucketMs of [HOUR_MS, 24 * HOUR_MS]) {
      const range = { fromMs: WHOLE_RANGE.fromMs, toMs: START_MS + 27.5 * HOUR_MS };
      const spend = await readCost(store, { stream, ...range, by, bucketMs });
      const cells = new Map<string, RecordedEvent[]>();
      for (const event of events.filter(within(range))) {
        const key = JSON.stringify([Math.floor(event.atMs / bucketMs) * bucketMs, valueOf[by]!(event)]);
        cells.set(key, [...(cells.get(key) ?? []), event]);
      }
      expect(spend).toHaveLength(cells.size);
      for (const one of spend) {
        const own = cells.get(JSON.stringify([one.bucketMs, one.value]))!;
        const weightOf = (of: readonly RecordedEvent[]): number =>
          of.reduce((all, { weight }) => all + weight, 0);
        const unpriced = own.filter(({ cost_nano_usd: cost }) => cost === null);
        expect(one).toMatchObject({
          requests: rounded(weightOf(own)),
          unpriced: rounded(weightOf(unpriced)),
          costNanoUsd: rounded(
            own.reduce((all, event) => all + (event.cost_nano_usd ?? 0) * event.weight, 0),
          ),
        });
        expect(one.unpricedRatio).toBe(one.unpriced / one.requests);
      }
    }
  });

  it('is refused by a dimension that there is not, in the words of the view', async () => {
    const query = `SELECT * FROM cost_between(dimension = 'colour', from_time = '2026-01-01 00:00:00',
                   to_time = '2027-01-01 00:00:00', bucket_s = 60)`;
    await expect(store.query(query)).rejects.toThrow(/dimension is one of service, tenant/);
  });
});
