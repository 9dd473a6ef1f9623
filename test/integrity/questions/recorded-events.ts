import { randomFrom } from '../../support/random.ts';
import { ratioSlo } from './ratio-slo.ts';

/** An event as it is written to the replayed file: what a recount knows, and nothing of the tables. */
export interface RecordedEvent {
  readonly event_id: string;
  /** Epoch ms. */
  readonly atMs: number;
  readonly provider: string;
  readonly model_requested: string;
  readonly model_served: string;
  readonly tenant: string;
  readonly status: string;
  readonly error_type: string;
  readonly refused_by: string;
  readonly ttft_ms: number | null;
  readonly duration_ms: number | null;
  readonly output_tokens: number | null;
  readonly cost_nano_usd: number | null;
  readonly task_id: string;
  /** Thousandths of an event. */
  readonly weight: number;
  readonly verdicts: readonly { readonly dimension: string; readonly passed: boolean }[];
}

/** Three bursts with hours of nothing between them; the last one ends where the file does. */
export const START_MS = Date.UTC(2026, 4, 11, 22, 0, 0);
const BURSTS_H = [
  { fromH: 0, lengthH: 1.5, count: 900 },
  { fromH: 7, lengthH: 0.2, count: 400 },
  { fromH: 26.4, lengthH: 2.1, count: 1_100 },
];
const SEED = 20_260_511;

/** Events in the order of time, every tenth time one of them twice under its id. */
export function recordedEvents(): {
  readonly events: readonly RecordedEvent[];
  readonly lines: readonly string[];
} {
  const random = randomFrom(SEED);
  const events = BURSTS_H.flatMap(({ fromH, lengthH, count }) =>
    Array.from({ length: count }, () => START_MS + Math.floor((fromH + random() * lengthH) * 3_600_000)),
  )
    .sort((a, b) => a - b)
    .map((atMs, index) => eventAt(atMs, index, random));
  const lines = events.flatMap((event, index) => {
    const line = JSON.stringify(wireOf(event));
    return index % 10 === 3 ? [line, line] : [line];
  });
  return { events, lines };
}

function eventAt(atMs: number, index: number, random: () => number): RecordedEvent {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const isBadTime = atMs > START_MS + 27 * 3_600_000 && atMs < START_MS + 27.5 * 3_600_000;
  const status = random() < (isBadTime ? 0.5 : 0.03) ? pick(['error', 'timeout', 'rate_limited']) : 'ok';
  const shown = random() < 0.04 ? pick(['cancelled', 'content_filtered']) : status;
  const ttft = shown === 'ok' ? 100 + Math.floor(random() * 2_000_000) / 1_000 : null;
  return {
    event_id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    atMs,
    provider: pick(['openai', "o'ther\\", 'bedrock']),
    model_requested: pick(['m-1', 'm-2']),
    model_served: pick(['', 'm-2-small']),
    tenant: pick(['a', 'b', '']),
    status: shown,
    error_type: shown === 'error' ? pick(['', 'overloaded']) : '',
    refused_by: shown === 'rate_limited' ? pick(['none', 'provider', 'gateway', 'budget']) : 'none',
    ttft_ms: ttft,
    duration_ms: shown === 'ok' ? (ttft ?? 0) + Math.floor(random() * 4_000) : null,
    output_tokens: shown === 'ok' && random() < 0.9 ? Math.floor(random() * 900) : null,
    cost_nano_usd: random() < 0.7 ? Math.floor(random() * 40_000_000) : null,
    task_id: `task-${index % 7}`,
    weight: pick([1_000, 1_000, 2_500, 3_333]),
    verdicts:
      random() < 0.3
        ? [
            { dimension: 'quality', passed: random() < 0.8 },
            { dimension: 'safety', passed: true },
          ]
        : [],
  };
}

function wireOf({ atMs, weight, verdicts, ...event }: RecordedEvent): object {
  return {
    ...event,
    occurred_at: new Date(atMs).toISOString(),
    service: 'chat',
    sample_weight: weight / 1_000,
    cost_source: event.cost_nano_usd === null ? 'unknown' : 'reported',
    verdicts: verdicts.map((verdict) => ({
      evaluator: 'judge',
      evaluator_version: '1',
      kind: 'online_judge',
      score: null,
      ...verdict,
    })),
  };
}

export const SPECS = `apiVersion: openslo/v1
kind: Service
metadata: { name: chat }
spec: {}
${ratioSlo('availability', '0.99', `where: "status == 'ok'"`, `scope: "service == 'chat'", where: "status != 'cancelled'", by: [provider, model]`)}
${ratioSlo('ttft', '0.9', `where: "ttft_ms <= 1500.0"`, `where: "has(ttft_ms)"`)}
${ratioSlo('quality', '0.9', `stream: verdicts, where: "passed"`, `stream: verdicts, where: "dimension == 'quality'", by: [tenant]`)}`;

/** The model that answered, else the one that was asked for. */
export const modelOf = (event: RecordedEvent): string => event.model_served || event.model_requested;

/** How each SLO counts an event, written by hand: thousandths, with the labels that they fall under. */
export interface Judged {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly event: RecordedEvent;
  readonly countedAs: 'good' | 'bad' | 'excluded';
}

export function judge(event: RecordedEvent): readonly Judged[] {
  const verdict = (isTotal: boolean, isGood: boolean): Judged['countedAs'] =>
    isTotal ? (isGood ? 'good' : 'bad') : 'excluded';
  return [
    {
      slo: 'availability',
      labels: { provider: event.provider, model: modelOf(event) },
      event,
      countedAs: verdict(event.status !== 'cancelled', event.status === 'ok'),
    },
    {
      slo: 'ttft',
      labels: {},
      event,
      countedAs: verdict(event.ttft_ms !== null, (event.ttft_ms ?? 0) <= 1_500),
    },
    ...event.verdicts.map(({ dimension, passed }) => ({
      slo: 'quality',
      labels: { tenant: event.tenant },
      event,
      countedAs: verdict(dimension === 'quality', passed),
    })),
  ];
}

/** Sums of thousandths, by how they were counted. */
export function sumsOf(judged: readonly Judged[]): { good: number; bad: number; excluded: number } {
  const sums = { good: 0, bad: 0, excluded: 0 };
  for (const { countedAs, event } of judged) sums[countedAs] += event.weight;
  return sums;
}

/** Of thousandths a whole number, halves up. */
export const rounded = (thousandths: number): number => Math.floor((thousandths + 500) / 1_000);
