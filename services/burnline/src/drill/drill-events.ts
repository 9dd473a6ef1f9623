import { parseInferenceEvent, uuidFromBytes, uuidFromContent } from '@burnline/contracts';
import type { InferenceEvent } from '@burnline/core';
import { seededRandom } from './random.ts';
import { dueMs, momentAt, phaseStartIndex, type Moment, type Timeline } from './scenarios.ts';

/** By what a drill's events are told from others. */
export const DRILL_ENVIRONMENT = 'drill';
export const DRILL_SERVICE = 'burnline-drill';
export const DRILL_ATTRIBUTE = 'burnline.drill';

export interface DrillEvent extends Moment {
  /** Place in the drill, from 0. */
  readonly index: number;
  readonly id: string;
  /** As the intake takes it. */
  readonly json: Readonly<Record<string, unknown>>;
  /** As the stream counts it. */
  readonly record: InferenceEvent;
}

export interface DrillIdentity {
  readonly drillId: string;
  readonly provider: string;
  readonly seed: number;
}

/** Who answers for the provider that fails. */
const fallbackProvider = (provider: string): string => `${provider}-fallback`;

/** Providers that a drill's events name. */
export const providersOf = ({ provider }: Pick<DrillIdentity, 'provider'>): readonly string[] => [
  provider,
  fallbackProvider(provider),
];

const SLOWDOWN_FACTOR = 10;
const TIMEOUT_SHARE = 0.3;
const FAILED_MS = 90;
const TIMED_OUT_MS = 30_000;

/** Calls of an ordinary task. */
const TASK_CALLS = 4;
/** Calls until an agent that loops is stopped; the next one begins to loop. */
const LOOP_CALLS = 20;
const LOOP_TOKENS_FIRST = 1_000;
/** The model takes no more. */
const CONTEXT_TOKENS_MAX = 128_000;
/** 2.50 USD and 10 USD for a million tokens. */
const INPUT_TOKEN_NANO_USD = 2_500;
const OUTPUT_TOKEN_NANO_USD = 10_000;

/** An event in the making. Two that follow each other are a pair: in a fallback, one request. */
interface Place {
  readonly identity: DrillIdentity;
  readonly index: number;
  readonly moment: Moment;
  /** Of its pair, how many pairs came before it in the phase. */
  readonly pairInPhase: number;
}

/** How a call ended, in the intake's fields. */
interface Outcome extends Readonly<Record<string, unknown>> {
  readonly duration_ms: number;
}

const isFirstOfPair = ({ index }: Place): boolean => index % 2 === 0;

/**
 * The events of a drill: the same identity and timeline give the same ones, whatever the time is. Healthy answers take
 * 200 to 400 ms to the first token, and four of them are a task. In an outage all calls fail, at once or by a timeout; in a
 * fallback the first attempt does, and another provider answers. A slowdown takes ten times as long. A quality drop fails every
 * inline verdict: another model answers than was asked for, and nobody was told. When agents run away, every second call is one of
 * a loop that doubles its context each time, and all succeed.
 */
export function createDrillEvents(
  identity: DrillIdentity,
  timeline: Timeline,
): (index: number, atMs: number) => DrillEvent {
  return (index, atMs) => {
    const pair = Math.floor(index / 2);
    const pairDueMs = dueMs(timeline, pair * 2);
    const moment = momentAt(timeline, pairDueMs);
    const pairInPhase = pair - Math.ceil(phaseStartIndex(timeline, pairDueMs) / 2);
    const id = uuidFromBytes(uuidFromContent('drill', identity.drillId, String(index)));
    const json = {
      event_id: id,
      occurred_at: atMs * 1_000 + (index % 1_000),
      service: DRILL_SERVICE,
      environment: DRILL_ENVIRONMENT,
      model_requested: 'drill-model',
      model_served: 'drill-model',
      operation: 'chat',
      streaming: true,
      agent_id: 'drill-agent',
      attributes: { [DRILL_ATTRIBUTE]: identity.drillId, 'burnline.drill.scenario': moment.scenario },
      ...callOf({ identity, index, moment, pairInPhase }),
    };
    const record = parseInferenceEvent(json, { newEventId: () => new Uint8Array(16), now: () => 0 });
    return { ...moment, index, id, json, record };
  };
}

/** What is said of one call by the fault that it falls into, if any. */
function callOf(place: Place): object {
  const { identity, index, moment } = place;
  const call = {
    ...{ provider: identity.provider, request_id: `${identity.drillId}/request-${index}` },
    task_id: `${identity.drillId}/task-${Math.floor(index / TASK_CALLS)}`,
  };
  switch (moment.isFaulty ? moment.scenario : null) {
    case 'outage':
      return { ...call, ...failed(place) };
    case 'fallback':
      return { ...call, ...attemptOf(place) };
    case 'slowdown':
      return { ...call, ...answered(place, { slowedBy: SLOWDOWN_FACTOR }) };
    case 'quality':
      return { ...call, ...answered(place, { passed: false }), model_served: 'drill-model-next' };
    case 'runaway':
      return { ...call, ...(isFirstOfPair(place) ? loopCall(place) : answered(place)) };
    case null:
      return { ...call, ...answered(place) };
  }
}

/** The attempt that fails, or the one that stands in for it. */
function attemptOf(place: Place): object {
  const { identity, index } = place;
  if (isFirstOfPair(place)) return { ...failed(place), is_final: false };
  const before = { ...place, index: index - 1 };
  const answer = answered(place);
  return {
    ...answer,
    provider: fallbackProvider(identity.provider),
    request_id: `${identity.drillId}/request-${before.index}`,
    attempt: 1,
    ...{ fallback_depth: 1, fallback_kind: 'provider' },
    request_elapsed_ms: failed(before).duration_ms + answer.duration_ms,
  };
}

/** One call of a loop: what it has read so far is sent again, with as much on top. */
function loopCall(place: Place): object {
  const { identity, pairInPhase } = place;
  const inputTokens = Math.min(LOOP_TOKENS_FIRST * 2 ** (pairInPhase % LOOP_CALLS), CONTEXT_TOKENS_MAX);
  const task = `${identity.drillId}/loop-${Math.floor(pairInPhase / LOOP_CALLS)}`;
  return { ...answered(place, { inputTokens }), task_id: task };
}

const randomOf = ({ identity, index }: Place): (() => number) =>
  seededRandom(identity.seed * 1_000_003 + index);

function failed(place: Place): Outcome {
  const random = randomOf(place);
  const tokens = { input_tokens: 500 + Math.floor(random() * 500) };
  return random() < TIMEOUT_SHARE
    ? { ...tokens, status: 'timeout', error_type: 'drill_timeout', duration_ms: TIMED_OUT_MS }
    : { ...tokens, status: 'error', error_type: 'drill_outage', http_status: 503, duration_ms: FAILED_MS };
}

function answered(
  place: Place,
  how: { readonly slowedBy?: number; readonly passed?: boolean; readonly inputTokens?: number } = {},
): Outcome {
  const { slowedBy = 1, passed = true } = how;
  const random = randomOf(place);
  const ttftMs = 200 + Math.floor(random() * 200);
  const durationMs = ttftMs + 1_000 + Math.floor(random() * 1_000);
  const inputTokens = how.inputTokens ?? 500 + Math.floor(random() * 500);
  const outputTokens = 100 + Math.floor(random() * 200);
  return {
    ...{ status: 'ok', http_status: 200, ttft_ms: ttftMs * slowedBy, duration_ms: durationMs * slowedBy },
    ...{ input_tokens: inputTokens, output_tokens: outputTokens },
    cost_nano_usd: inputTokens * INPUT_TOKEN_NANO_USD + outputTokens * OUTPUT_TOKEN_NANO_USD,
    verdicts: [
      {
        evaluator: 'drill-judge',
        evaluator_version: '1',
        kind: 'synthetic_probe',
        dimension: 'quality',
        passed,
        score: passed ? 0.9 : 0.1,
      },
    ],
  };
}
