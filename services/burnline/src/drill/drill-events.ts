import { parseInferenceEvent, uuidFromBytes, uuidFromContent } from '@burnline/contracts';
import type { InferenceEvent } from '@burnline/core';
import { seededRandom } from './random.ts';
import { dueMs, momentAt, type Moment, type Timeline } from './scenarios.ts';

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

const SLOWDOWN_FACTOR = 10;
const TIMEOUT_SHARE = 0.3;

/**
 * The events of a drill: the same identity and timeline give the same ones, whatever the time is. Healthy answers take
 * 200 to 400 ms to the first token; an outage is errors and timeouts alone, a slowdown takes ten times as long, a quality
 * drop fails every inline verdict: another model answers than was asked for, and nobody was told.
 */
export function createDrillEvents(
  identity: DrillIdentity,
  timeline: Timeline,
): (index: number, atMs: number) => DrillEvent {
  return (index, atMs) => {
    const moment = momentAt(timeline, dueMs(timeline, index));
    const id = uuidFromBytes(uuidFromContent('drill', identity.drillId, String(index)));
    const json = {
      event_id: id,
      occurred_at: atMs * 1_000 + (index % 1_000),
      service: DRILL_SERVICE,
      environment: DRILL_ENVIRONMENT,
      provider: identity.provider,
      model_requested: 'drill-model',
      model_served: 'drill-model',
      operation: 'chat',
      streaming: true,
      attributes: { [DRILL_ATTRIBUTE]: identity.drillId, 'burnline.drill.scenario': moment.scenario },
      ...outcomeOf(moment, seededRandom(identity.seed * 1_000_003 + index)),
    };
    const record = parseInferenceEvent(json, { newEventId: () => new Uint8Array(16), now: () => 0 });
    return { ...moment, index, id, json, record };
  };
}

function outcomeOf({ scenario, isFaulty }: Moment, random: () => number): object {
  const ttftMs = 200 + Math.floor(random() * 200);
  const durationMs = ttftMs + 1_000 + Math.floor(random() * 1_000);
  const tokens = { input_tokens: 500 + Math.floor(random() * 500) };
  if (isFaulty && scenario === 'outage') {
    return random() < TIMEOUT_SHARE
      ? { ...tokens, status: 'timeout', error_type: 'drill_timeout', duration_ms: 30_000 }
      : { ...tokens, status: 'error', error_type: 'drill_outage', http_status: 503, duration_ms: 90 };
  }
  const factor = isFaulty && scenario === 'slowdown' ? SLOWDOWN_FACTOR : 1;
  const passed = !(isFaulty && scenario === 'quality');
  return {
    ...tokens,
    status: 'ok',
    http_status: 200,
    ttft_ms: ttftMs * factor,
    duration_ms: durationMs * factor,
    output_tokens: 100 + Math.floor(random() * 200),
    ...(!passed && { model_served: 'drill-model-next' }),
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
