import type { SloPlan } from '@burnline/core';
import { BurnStage, createLiveClock } from '@burnline/judging';
import { systemClock, type InProcessEventLog, type Store, type StreamEpoch } from '@burnline/runtime';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { decisionsOf, insertStream, newDecider, openLog } from './bench.ts';

/** Times of the tests are seconds after this; recent, as reports expire. */
export const BASE_S = Math.floor(Date.now() / 10_000) * 10 - 7_200;

interface Reporting {
  readonly service?: string;
  /** The report of another stream, a replay's. */
  readonly stream?: string;
  readonly emitted?: number;
  readonly dropped?: number;
  /** What it gave the dropped ones up for. */
  readonly reason?: string;
  /** The last of them is final. */
  readonly stops?: true;
  /** When the log takes them, if not as they end. */
  readonly loggedS?: number;
  /** How far the source's clock is ahead. */
  readonly skewS?: number;
}

/**
 * Reports and panes as the sink and the processor write them, in a real engine, and the real live clock, burn stage and
 * decider over them; each test has a live stream of its own.
 */
export function useSources() {
  let database: TestDatabase;
  let store: Store;
  let log: InProcessEventLog;
  let offset = 0;
  let stream = '';
  let streamCount = 0;

  beforeAll(async () => {
    database = await startTestDatabase();
    store = database.store;
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    stream = `live-${(streamCount += 1)}`;
    await insertStream(store, stream);
    log = await openLog();
  });

  const epochNow = (): StreamEpoch => ({
    stream,
    topic: stream,
    epoch: `${stream}@1`,
    clock: 'live',
    partitionCount: 1,
    startOffsets: [0],
    createdAtMs: 0,
  });

  /** A source that reports every 10 s in [fromS, toS). */
  async function reports(instance: string, fromS: number, toS: number, over: Reporting = {}): Promise<void> {
    const { emitted = 100, dropped = 0, reason = 'buffer_full', skewS = 0 } = over;
    const time = (second: number): string =>
      new Date((BASE_S + second + skewS) * 1_000).toISOString().slice(0, -1);
    const rows = Array.from({ length: (toS - fromS) / 10 }, (_, index) => {
      const endS = fromS + index * 10 + 10;
      offset += 1;
      return {
        stream: over.stream ?? stream,
        stream_epoch: `${over.stream ?? stream}@1`,
        partition: 0,
        offset,
        event_index: 0,
        instance,
        service: over.service ?? 'chat',
        environment: 'test',
        interval_start: time(endS - 10),
        interval_end: time(endS),
        is_final: over.stops === true && endS === toS,
        emitted_count: emitted,
        acknowledged_count: emitted - dropped,
        retried_count: 0,
        dropped_by_reason: dropped === 0 ? {} : { [reason]: dropped },
        kept_since: BASE_S + (over.loggedS ?? endS),
      };
    });
    await store.insertRows('source_reports', rows);
  }

  /** As in life, a revision is of one SLO. */
  const revisionOf = (slo: string): string => `revision-${slo}`;

  async function events(
    slo: string,
    atS: number,
    counts: { bad: number; total: number; series?: number },
  ): Promise<void> {
    offset += 1;
    await store.insertRows('sli_panes', [
      {
        stream,
        stream_epoch: `${stream}@1`,
        slo,
        spec_rev: revisionOf(slo),
        series: counts.series ?? 0,
        pane: BASE_S + atS,
        partition: 0,
        chunk: offset,
        version: 1,
        log_interval: BASE_S + atS,
        good: counts.total - counts.bad,
        total: counts.total,
        excluded: 0,
        sums: {},
        histogram: {},
        zero_count: 0,
        kept_since: BASE_S + atS,
      },
    ]);
  }

  async function writtenThrough(seconds: {
    readonly processor: number;
    readonly sink: number;
  }): Promise<void> {
    await store.insertRows(
      'watermarks',
      Object.entries(seconds).map(([consumer, second]) => ({
        consumer,
        stream,
        stream_epoch: `${stream}@1`,
        topic: stream,
        partition: 0,
        position: second,
        log_time: new Date((BASE_S + second) * 1_000).toISOString().slice(0, -1),
        last_timestamp_ms: 0,
        last_checksum: 0,
      })),
    );
  }

  /** Burn stage and decider of a pipeline whose wall clock shows what a test says. */
  function pipelineOf(...given: readonly SloPlan[]): {
    at(second: number, sinkS?: number): Promise<Record<string, string>>;
  } {
    const plans = given.map((one) => ({ ...one, sli: { ...one.sli, specRev: revisionOf(one.slo) } }));
    let nowS = 0;
    const clock = createLiveClock({
      store,
      clock: { ...systemClock, nowMs: () => (BASE_S + nowS) * 1_000 },
      epochs: [epochNow()],
    });
    const stage = new BurnStage(store, clock, {
      stream,
      kind: 'live',
      judged: () => plans,
      paneMs: 10_000,
      tickMs: 60_000,
    });
    const decider = newDecider(store, log, plans);
    return {
      /** Evaluates, and gives state and coverage in percent by SLO, as they are written. */
      async at(second, sinkS = second) {
        nowS = second;
        await writtenThrough({ processor: second, sink: sinkS });
        await stage.tick();
        await decider.run();
        const rows = await store.query<{ slo: string; state: string; coverage: number }>(
          `SELECT slo, state, coverage FROM budgets FINAL WHERE stream = {stream:String}
           ORDER BY evaluated_at DESC LIMIT 1 BY slo, series`,
          { stream },
        );
        return Object.fromEntries(
          rows.map(({ slo, state, coverage }) => [slo, `${state} ${Math.round(coverage * 1_000) / 10}`]),
        );
      },
    };
  }

  async function said(): Promise<readonly string[]> {
    return (await decisionsOf(log)).map(
      (one) => `${one.kind}@${one.at / 1_000 - BASE_S} ${one.evidence.slo}`,
    );
  }

  return {
    reports,
    events,
    pipelineOf,
    said,
    /** A number that no row of the reports has yet. */
    nextOffset: () => (offset += 1),
    get store() {
      return store;
    },
    get log() {
      return log;
    },
    get stream() {
      return stream;
    },
  };
}
