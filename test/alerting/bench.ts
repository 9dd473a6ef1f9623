import type { AddressInfo } from 'node:net';
import { createServer, type ServerResponse } from 'node:http';
import { Decider, Notifier, type DeciderParts, type NotifierParts } from '@burnline/alerter';
import { DECISIONS_TOPIC, decodeDecision, topicsOf, type DecisionRecord } from '@burnline/contracts';
import type { BurnTier, SloPlan } from '@burnline/core';
import {
  createLogger,
  createMemoryDisk,
  openMemoryLog,
  systemClock,
  type Clock,
  type EventLog,
  type InProcessEventLog,
  type MemoryDisk,
  type Store,
} from '@burnline/runtime';

/** Evaluation times of the tests count in seconds from here: 2026-01-01T00:00:00Z. */
export const T0_S = Date.UTC(2026, 0, 1) / 1_000;

export const LONG_S = 3_600;
export const SHORT_S = 300;

export function tier(name: string, over: Partial<BurnTier> = {}): BurnTier {
  return {
    name,
    longWindowMs: LONG_S * 1_000,
    shortWindowMs: SHORT_S * 1_000,
    budgetShare: { numerator: 1, denominator: 50 },
    factor: { numerator: 10, denominator: 1 },
    operator: '>=',
    severity: 'page',
    holdMs: 0,
    resolveHoldMs: 0,
    ...over,
  };
}

/** Target 0.99: a window burns at factor 10 from 10 % of bad events on. */
export function plan(slo: string, over: Partial<SloPlan> = {}): SloPlan {
  return {
    slo,
    displayName: slo,
    service: 'chat',
    description: '',
    track: 'infrastructure',
    dimension: 'availability',
    criticality: 'critical',
    sli: {
      slo,
      specRev: '00000000000000aa',
      stream: 'inference',
      scope: null,
      total: null,
      verdict: {
        kind: 'bad',
        where: {
          kind: 'compare',
          operator: '!=',
          left: { kind: 'field', name: 'status', type: 'string', nullable: false },
          right: { kind: 'literal', type: 'string', value: 'ok' },
        },
      },
      groupBy: { dimensions: [], seriesCountMax: 1 },
      sums: [],
      histogram: null,
    },
    target: { numerator: 99, denominator: 100 },
    period: { kind: 'rolling', durationMs: 28 * 86_400_000, text: '28d' },
    tiers: [tier('fast')],
    badCountMin: 1,
    labels: {},
    source: { file: 'test', document: 1 },
    ...over,
  };
}

export interface BurnInput {
  readonly stream?: string;
  readonly slo: string;
  readonly specRev?: string;
  readonly series?: string;
  /** Seconds after T0. */
  readonly at: number;
  /** Bad of 100 events, by window length in seconds; the hour and five minutes by default. */
  readonly bad: number;
  readonly shortBad?: number;
  readonly windows?: Readonly<Record<number, number>>;
  readonly total?: number;
  readonly coverage?: number;
}

export async function insertBurn(store: Store, inputs: readonly BurnInput[]): Promise<void> {
  await store.insertRows(
    'burn_rates',
    inputs.map((one) => {
      const windows = one.windows ?? { [SHORT_S]: one.shortBad ?? one.bad, [LONG_S]: one.bad };
      const bad = Object.values(windows);
      return {
        stream: one.stream ?? 'live',
        slo: one.slo,
        spec_rev: one.specRev ?? '00000000000000aa',
        series: one.series ?? '0',
        evaluated_at: T0_S + one.at,
        window_s: Object.keys(windows).map(Number),
        bad,
        total: bad.map(() => one.total ?? 100),
        burn_rate: bad.map(() => 0),
        coverage: one.coverage ?? 1,
      };
    }),
  );
}

export async function insertStream(store: Store, stream = 'live'): Promise<void> {
  await store.insertRows('stream_epochs', [
    {
      stream_epoch: `${stream}@1`,
      stream,
      topic: stream,
      clock: 'live',
      partition_count: 2,
      start_offsets: [0, 0],
      interval_ms: 60_000,
      chunk_events_max: 1,
      repeat_window_messages: 1,
      pane_ms: 10_000,
      created_at: '2026-01-01 00:00:00.000',
    },
  ]);
}

export async function evaluatedThrough(store: Store, second: number, stream = 'live'): Promise<void> {
  await store.insertRows('evaluations', [
    { stream, evaluated_through: T0_S + second, data_start: T0_S, coverage: 1 },
  ]);
}

const TABLES = [
  'burn_rates',
  'burn_rate_hours',
  'evaluations',
  'evaluation_hours',
  'watermarks',
  'stream_epochs',
  'series',
  'inference_events',
  'alert_decisions',
  'alert_notifications',
  'alert_progress',
  'alert_holds',
  'alert_contexts',
  'silences',
];

export async function emptyTables(store: Store): Promise<void> {
  for (const table of TABLES) await store.command(`TRUNCATE TABLE ${table}`);
  await insertStream(store);
}

/** Messages are of the real present by default: decisions of the tests, at T0, are history to it. */
export async function openLog(
  disk: MemoryDisk = createMemoryDisk(),
  nowMs: () => number = () => Date.now(),
): Promise<InProcessEventLog> {
  const log = openMemoryLog({
    disk,
    nowMs,
    startTimer: (waitMs, done) => {
      const timer = setTimeout(done, waitMs);
      return () => clearTimeout(timer);
    },
  });
  const { decisions, checkpoints } = topicsOf('live', { partitionCount: 1, kind: 'live' });
  await log.ensureTopics([decisions, checkpoints]);
  return log;
}

export async function decisionsOf(log: EventLog): Promise<readonly DecisionRecord[]> {
  const from = { topic: DECISIONS_TOPIC, partition: 0, fromOffset: 0, bytesMax: 100_000_000 };
  return (await log.read(from)).map((message) => decodeDecision(message.value));
}

/** `fire@100 fast`: kind, seconds after T0, tier. */
export async function said(log: EventLog): Promise<readonly string[]> {
  return (await decisionsOf(log)).map((one) => `${one.kind}@${one.at / 1_000 - T0_S} ${one.evidence.tier}`);
}

export function slosOf(
  plans: readonly SloPlan[],
  of: () => readonly SloPlan[] | null = () => plans,
): DeciderParts['slos'] {
  const planOf = (slo: string, specRev: string): SloPlan | null =>
    plans.find((plan) => plan.slo === slo && plan.sli.specRev === specRev) ?? null;
  return { of, planOf };
}

export function newDecider(
  store: Store,
  log: EventLog,
  plans: readonly SloPlan[],
  judgedNow: () => readonly SloPlan[] | null = () => plans,
) {
  const logger = createLogger({ name: 'test', level: 'silent' });
  return new Decider({ store, log, logger, slos: slosOf(plans, judgedNow) });
}

/** Waits pass a hundred times as fast: retries that take a minute take half a second. */
export const hurriedClock: Clock = {
  ...systemClock,
  sleep: (delayMs, signal) => systemClock.sleep(delayMs / 100, signal),
};

export interface RunningNotifier {
  stop(): Promise<void>;
  /** Settles when it stops by itself. */
  readonly ended: Promise<void>;
}

export function startNotifier(
  store: Store,
  log: EventLog,
  receivers: NotifierParts['receivers'],
  clock: Clock = hurriedClock,
): RunningNotifier {
  const controller = new AbortController();
  const logger = createLogger({ name: 'test', level: 'silent' });
  const ended = new Notifier({ store, log, clock, logger, receivers }).run(controller.signal);
  ended.catch(() => undefined);
  return {
    ended,
    async stop() {
      controller.abort();
      await ended;
    },
  };
}

/** Like an object's part, but one method is replaced. */
export function withMethod<T extends object, K extends keyof T>(part: T, name: K, method: T[K]): T {
  return new Proxy(part, {
    get(target, property) {
      if (property === name) return method;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Throws at the n-th call of a method, before it does anything or after it did; from then on every time if it is to stay dead. */
export function failingAt<T extends object>(
  part: T,
  name: keyof T,
  when: {
    readonly call: number;
    readonly isAfter: boolean;
    readonly staysDead?: boolean;
    readonly matches?: (first: unknown) => boolean;
  },
): T {
  let callCount = 0;
  const original = part[name] as (...args: readonly unknown[]) => Promise<unknown>;
  const method = async (...args: readonly unknown[]): Promise<unknown> => {
    if (when.matches?.(args[0]) === false) return original.apply(part, [...args]);
    callCount += 1;
    if (when.staysDead === true && callCount > when.call) throw new Error('crash');
    const isNow = callCount === when.call;
    if (isNow && !when.isAfter) throw new Error('crash');
    const result = await original.apply(part, [...args]);
    if (isNow) throw new Error('crash');
    return result;
  };
  return withMethod(part, name, method as T[keyof T]);
}

/** What a webhook is sent, as far as tests look at it. */
interface NotificationBody {
  readonly decision: string;
  readonly decision_key: string;
  readonly evaluated_at: string;
  readonly fired_at: string | null;
  readonly tier: string;
  readonly slo: string;
  readonly repeat: number;
  readonly urgency: string;
  readonly summary: string;
  readonly runbook: string | null;
  readonly details: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly burn_rate: { readonly long: number; readonly short: number };
  readonly long_window: { readonly bad: number; readonly total: number };
  readonly budget_remaining: number | null;
  readonly budget_exhausted_at: string | null;
  readonly attribution: readonly object[];
  readonly group?: {
    readonly series_count: number;
    readonly series: readonly {
      readonly decision_key: string;
      readonly labels: Readonly<Record<string, string>>;
    }[];
  };
}

export interface Receiver {
  readonly url: string;
  /** `fire@100 fast key` of each request, in the order of arrival. */
  readonly requests: {
    readonly key: string;
    readonly said: string;
    readonly status: number;
    readonly body: NotificationBody;
    readonly authorization: string | undefined;
    /** Milliseconds, monotonic. */
    readonly atMs: number;
  }[];
  close(): Promise<void>;
}

/** A real receiver that answers as it is told: a status, or null to never answer. */
export async function startReceiver(
  answer: (
    request: { readonly key: string; readonly count: number },
    response: ServerResponse,
  ) => number | null = () => 204,
): Promise<Receiver> {
  const requests: Receiver['requests'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as NotificationBody;
      const key = String(request.headers['idempotency-key']);
      const second = Date.parse(body.evaluated_at) / 1_000 - T0_S;
      const status = answer({ key, count: requests.length + 1 }, response);
      const { authorization } = request.headers;
      const said = `${body.decision}@${second} ${body.tier}`;
      requests.push({ key, said, status: status ?? 0, body, authorization, atMs: performance.now() });
      if (status !== null) response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 20));
}

export function notifications(
  store: Store,
): Promise<{ receiver: string; outcome: string; attempts: number; said: string; error: string }[]> {
  return store.query(
    `SELECT n.receiver AS receiver, n.outcome AS outcome, n.attempts AS attempts, n.error AS error,
            concat(toString(d.decision), '@', toString(toUnixTimestamp(d.evaluated_at) - ${T0_S}), ' ', d.tier) AS said
     FROM alert_notifications AS n FINAL INNER JOIN (SELECT * FROM alert_decisions FINAL) AS d ON d.decision_key = n.decision_key
     ORDER BY d.log_offset, receiver`,
  );
}
