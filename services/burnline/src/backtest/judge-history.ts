import { Decider, StreamSlos } from '@burnline/alerter';
import { DECISIONS_TOPIC, decodeDecision, topicsOf, type DecisionRecord } from '@burnline/contracts';
import { AppError, DAY_MS, floorTo, type SloPlan } from '@burnline/core';
import { BurnStage, recordSlos, type EvaluationClock } from '@burnline/judging';
import {
  EPOCH_SETTINGS,
  dateTime64OfMs,
  openMemoryLog,
  recordEpoch,
  type EventLog,
  type Logger,
  type Store,
} from '@burnline/runtime';

/** What is judged, over panes that were counted before. */
export interface JudgedHistory {
  readonly stream: string;
  readonly plans: readonly SloPlan[];
  /** Ticks after `fromMs`, up to `toMs`, epoch ms; what was logged before fills the windows. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface JudgingRun {
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Milliseconds of the history that are judged. */
  readonly onProgress: (doneMs: number) => void;
}

/** More than anybody reads: specs that decide so often are to be mended before they are looked at for longer. */
const DECISIONS_MAX = 200_000;
const LOG_READ_BYTES = 4 * 1024 * 1024;
/** What a judgement leaves behind; the panes stay. */
const JUDGED_TABLES = [
  ...[
    'slos',
    'stream_epochs',
    'watermarks',
    'evaluations',
    'evaluation_hours',
    'burn_rates',
    'burn_rate_hours',
    'latest_burn_rates',
  ],
  ...['budgets', 'budget_hours', 'latest_budgets', 'alert_progress', 'alert_holds'],
];

/**
 * Judges a history as a replay of it is judged: by the burn stage and the decider of the pipeline, tick by tick of log time,
 * over a scratch database. Judging again forgets what was judged before.
 *
 * @returns every decision, in the order of the decision log
 * @throws AppError BACKTEST_TOO_MANY_DECISIONS
 */
export async function judgeHistory(
  store: Store,
  history: JudgedHistory,
  run: JudgingRun,
): Promise<readonly DecisionRecord[]> {
  const { stream, plans, fromMs, toMs } = history;
  for (const table of JUDGED_TABLES) await store.command(`TRUNCATE TABLE ${table}`);
  await begin(store, history);
  const log = openMemoryLog({ nowMs: () => toMs });
  try {
    await log.ensureTopics([topicsOf(stream, { partitionCount: 1, kind: 'replay' }).decisions]);
    const stage = new BurnStage(store, stepsThrough(toMs), {
      stream,
      kind: 'replay',
      judged: () => plans,
      paneMs: EPOCH_SETTINGS.paneMs,
      tickMs: EPOCH_SETTINGS.intervalMs,
    });
    const slos = new StreamSlos();
    slos.add(stream, () => plans);
    const decider = new Decider({ store, log, slos, logger: run.logger, contexts: 'none' });
    let decisionCount = 0;
    for (let span = await stage.tick(); span !== null; span = await stage.tick()) {
      decisionCount += await decider.run();
      if (decisionCount > DECISIONS_MAX) throw tooManyDecisions(span.toMs);
      run.onProgress(span.toMs - fromMs);
      run.signal.throwIfAborted();
    }
    return await readDecisions(log);
  } finally {
    await log.close();
  }
}

/** What the stages go by: that the stream is there, and written, and judged up to where judging begins. */
async function begin(store: Store, { stream, plans, fromMs, toMs }: JudgedHistory): Promise<void> {
  await recordSlos(store, plans, toMs);
  const topic = topicsOf(stream, { partitionCount: 1, kind: 'replay' }).inference.name;
  const epoch = { stream, topic, epoch: `${topic}@1`, clock: 'replay', partitionCount: 1 } as const;
  await recordEpoch(store, { ...epoch, startOffsets: [0], createdAtMs: fromMs }, EPOCH_SETTINGS);
  await store.insertRows('watermarks', [
    {
      ...{ consumer: 'sink', stream, stream_epoch: epoch.epoch, topic, partition: 0, position: 1 },
      ...{ log_time: dateTime64OfMs(toMs), last_timestamp_ms: toMs, last_checksum: 0 },
    },
  ]);
  const fromS = Math.floor(fromMs / 1_000);
  await store.insertRows('evaluations', [
    { stream, shard: 0, evaluated_through: fromS, data_start: fromS, coverage: 1 },
  ]);
}

/** All of it is there already: a day at a time, and what is quiet at once. */
const stepsThrough = (endMs: number): EvaluationClock => ({
  due(lastMs) {
    if (lastMs === null || lastMs >= endMs) return Promise.resolve(null);
    const toMs = Math.min(endMs, lastMs + DAY_MS);
    return Promise.resolve({ fromMs: lastMs, toMs, reachedMs: endMs, coverage: 1 });
  },
});

/** The tick at or before an instant. */
export const tickBefore = (atMs: number): number => floorTo(atMs, EPOCH_SETTINGS.intervalMs);

async function readDecisions(log: EventLog): Promise<readonly DecisionRecord[]> {
  const decisions: DecisionRecord[] = [];
  for (;;) {
    const from = { topic: DECISIONS_TOPIC, partition: 0, fromOffset: decisions.length };
    const messages = await log.read({ ...from, bytesMax: LOG_READ_BYTES });
    if (messages.length === 0) return decisions;
    decisions.push(...messages.map(({ value }) => decodeDecision(value)));
  }
}

function tooManyDecisions(atMs: number): AppError {
  return new AppError(
    'BACKTEST_TOO_MANY_DECISIONS',
    `More than ${DECISIONS_MAX} decisions were made by ${new Date(atMs).toISOString()}`,
    { remedy: 'Group by less, lower the targets, or look at a shorter time.' },
  );
}
