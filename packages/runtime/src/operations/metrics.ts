import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { ProgressWatch } from './progress-watch.ts';

/** Counts that every service of a stream tells, in Prometheus' terms; names begin with `burnline_`. */
export interface ServiceMetrics {
  /** Messages that a stream worker has read and applied. */
  applied(topic: string, partition: number, messageCount: number): void;
  /** One flush of rows that is written and committed. */
  flushed(durationMs: number): void;
  /** Messages of a partition between the last one read and the end of the log; NaN once another process reads it. */
  lag(topic: string, partition: number, messageCount: number): void;
  /** A rebalance of a consumer group, with what this member kept and what came or went. */
  rebalanced(group: string, keptCount: number, movedCount: number): void;
  /** Records that the intake took, by topic. */
  accepted(topic: string, recordCount: number): void;
  /** Items of a request of which nothing is made, though nothing is wrong with them. */
  ignored(signal: 'logs' | 'metrics', itemCount: number): void;
  /** Events that the intake left out by sampling, once those that stand for them are in the log. */
  sampledOut(eventCount: number): void;
  /** A request that the intake refused. */
  refused(code: string): void;
  /** Events that the intake took, by where their costs come from; `reason`: why a cost is unknown, or who computed it. */
  costed(source: 'reported' | 'computed' | 'unknown', reason: string, eventCount: number): void;
  /** Events of a provider whose cost was reported and computed, with the sums of both. */
  costCompared(provider: string, compared: ComparedCosts): void;
  /** One evaluation of all SLOs of this process. */
  evaluated(durationMs: number): void;
  /** Decisions that were appended. */
  decided(decisionCount: number): void;
  /** A row of burn rates that could not be judged. */
  unjudged(): void;
  /** One notification is over for a receiver: delivered, failed or inhibited. */
  notified(receiver: string, outcome: string): void;
  /** An alert that no route took, or whose routes name no receiver that there is. */
  unrouted(): void;
  /** How many notifications of a receiver have been tried without success and are tried again. */
  notificationsWaiting(receiver: string, notificationCount: number): void;
  /** How many shards of the SLOs are judged by this process. */
  shardsHeld(shardCount: number): void;
  /** What is asked for the age of each judgement whenever the metrics are. */
  watched(watch: ProgressWatch): void;
}

/** Whole nano-USD, over events that have both. */
export interface ComparedCosts {
  readonly events: number;
  readonly reportedNanoUsd: number;
  readonly computedNanoUsd: number;
}

export interface MetricsEndpoint extends ServiceMetrics {
  /** All of them, with the process's own, in Prometheus' text format. */
  text(): Promise<string>;
}

/** Seconds; a flush takes some milliseconds to some seconds. */
const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createMetrics(service: string): MetricsEndpoint {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const instruments = createInstruments(registry);
  const { applied, lag, flushes, rebalances, moved, kept, accepted, ignored, sampledOut, refused } =
    instruments;
  return {
    applied: (topic, partition, count) => {
      applied.inc({ topic, partition }, count);
    },
    flushed: (durationMs) => {
      flushes.observe(durationMs / 1_000);
    },
    lag: (topic, partition, count) => {
      if (Number.isNaN(count)) lag.remove({ topic, partition });
      else lag.set({ topic, partition }, count);
    },
    rebalanced: (group, keptCount, movedCount) => {
      rebalances.inc({ group });
      kept.inc({ group }, keptCount);
      moved.inc({ group }, movedCount);
    },
    accepted: (topic, count) => {
      accepted.inc({ topic }, count);
    },
    ignored: (signal, count) => {
      ignored.inc({ signal }, count);
    },
    sampledOut: (count) => {
      sampledOut.inc(count);
    },
    refused: (code) => {
      refused.inc({ code });
    },
    ...costMetrics(registry),
    ...judgingMetrics(instruments),
    watched: (watch) => {
      addAges(registry, watch);
    },
    text: () => registry.metrics(),
  };
}

/** What a collector tells that prices events. */
function costMetrics(registry: Registry): Pick<ServiceMetrics, 'costed' | 'costCompared'> {
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const costed = counter('burnline_events_costed_total', 'Events taken, by where their cost comes from.', [
    'source',
    'reason',
  ]);
  const comparedEvents = counter(
    'burnline_cost_compared_events_total',
    'Events whose cost was reported and computed.',
    ['provider'],
  );
  const comparedNanoUsd = counter(
    'burnline_cost_compared_nano_usd_total',
    'Their costs in nano-USD, as they were reported and as they were computed.',
    ['provider', 'by'],
  );
  return {
    costed: (source, reason, count) => {
      costed.inc({ source, reason }, count);
    },
    costCompared: (provider, { events, reportedNanoUsd, computedNanoUsd }) => {
      comparedEvents.inc({ provider }, events);
      comparedNanoUsd.inc({ provider, by: 'reported' }, reportedNanoUsd);
      comparedNanoUsd.inc({ provider, by: 'computed' }, computedNanoUsd);
    },
  };
}

/** What a service tells that judges and notifies. */
function judgingMetrics({
  evaluations,
  decisions,
  unjudged,
  notifications,
  waiting,
  unrouted,
  shards,
}: ReturnType<typeof createInstruments>): Pick<
  ServiceMetrics,
  'evaluated' | 'decided' | 'unjudged' | 'notified' | 'notificationsWaiting' | 'unrouted' | 'shardsHeld'
> {
  return {
    evaluated: (durationMs) => {
      evaluations.observe(durationMs / 1_000);
    },
    decided: (count) => {
      decisions.inc(count);
    },
    unjudged: () => {
      unjudged.inc();
    },
    notified: (receiver, outcome) => {
      notifications.inc({ receiver, outcome });
    },
    notificationsWaiting: (receiver, count) => {
      waiting.set({ receiver }, count);
    },
    unrouted: () => {
      unrouted.inc();
    },
    shardsHeld: (count) => {
      shards.set(count);
    },
  };
}

/** Read when they are asked for: an age grows while nothing happens. */
function addAges(registry: Registry, watch: ProgressWatch): void {
  new Gauge({
    name: 'burnline_judging_age_seconds',
    help: 'Age of the last evaluation and of the last decision, by stream and shard, against the clock.',
    labelNames: ['part', 'stream', 'shard'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { part, stream, shard, ageMs } of watch.ages())
        this.set({ part, stream, shard: String(shard) }, ageMs / 1_000);
    },
  });
}

function createInstruments(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name, help, labelNames, registers });
  const seconds = (name: string, help: string) =>
    new Histogram({ name, help, buckets: SECONDS_BUCKETS, registers });
  const place = ['topic', 'partition'] as const;
  const applied = counter('burnline_messages_applied_total', 'Messages read and applied.', place);
  const lag = gauge(
    'burnline_log_lag_messages',
    'Messages between the last one read and the end of the log.',
    place,
  );
  const flushes = seconds(
    'burnline_flush_seconds',
    'Time from taking rows until they are written and committed.',
  );
  const rebalances = counter('burnline_rebalances_total', 'Rebalances of a consumer group.', ['group']);
  const moved = counter('burnline_partitions_moved_total', 'Partitions that came or went at rebalances.', [
    'group',
  ]);
  const kept = counter('burnline_partitions_kept_total', 'Partitions kept over rebalances.', ['group']);
  const intake = createIntakeInstruments(registry);
  const evaluations = seconds('burnline_evaluation_seconds', 'Time of one evaluation of all SLOs held here.');
  const decisions = counter('burnline_decisions_total', 'Decisions appended to the log.', []);
  const unjudged = counter('burnline_rows_unjudged_total', 'Burn rates that could not be judged.', []);
  const notifications = counter('burnline_notifications_total', 'Notifications, by what became of them.', [
    'receiver',
    'outcome',
  ]);
  const waiting = gauge('burnline_notifications_waiting', 'Notifications not taken yet, tried again.', [
    'receiver',
  ]);
  const unrouted = counter('burnline_alerts_unrouted_total', 'Alerts told to the default receivers.', []);
  const shards = gauge('burnline_shards_held', 'Shards of the SLOs that this process judges.', []);
  return {
    applied,
    lag,
    flushes,
    rebalances,
    moved,
    kept,
    ...intake,
    evaluations,
    decisions,
    unjudged,
    notifications,
    waiting,
    unrouted,
    shards,
  };
}

function createIntakeInstruments(registry: Registry) {
  const counter = <Label extends string>(name: string, help: string, label: Label) =>
    new Counter({ name, help, labelNames: [label], registers: [registry] });
  return {
    accepted: counter('burnline_records_accepted_total', 'Records that the intake acknowledged.', 'topic'),
    ignored: counter(
      'burnline_intake_ignored_total',
      'Records of logs and points of metrics of which the intake makes nothing.',
      'signal',
    ),
    sampledOut: new Counter({
      name: 'burnline_intake_sampled_out_total',
      help: 'Events that the intake left out by sampling; those that it kept stand for them.',
      registers: [registry],
    }),
    refused: counter('burnline_requests_refused_total', 'Requests that the intake refused.', 'code'),
  };
}
