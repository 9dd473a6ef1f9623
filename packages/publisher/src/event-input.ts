import { inferenceFaults, verdictFaults, type IntakeIssue } from '@burnline/contracts';
import {
  AppError,
  INFERENCE_FIELDS,
  VERDICT_FIELDS,
  defaultOf,
  type EvalVerdict,
  type EventFields,
  type InferenceEvent,
} from '@burnline/core';
import type { PublisherErrorCode } from './publisher-error.ts';

/** Every field may be left out or undefined. */
type Stated<Fields> = { readonly [Key in keyof Fields]?: Fields[Key] | undefined };

/**
 * What a service knows of an inference; the rest gets defaults. The duration and the status have none: what nobody said
 * went well did not, and a duration that is not known is said to be null, of an attempt that is not ok. One of
 * `model_requested` and `model_served` must be there too.
 */
export type EventInput = Stated<Omit<InferenceEvent, RequiredOfEvent>> &
  Pick<InferenceEvent, RequiredOfEvent>;
type RequiredOfEvent = 'duration_ms' | 'status';

/** What is known of an inference before its end is. */
export type PartialEventInput = Stated<InferenceEvent>;

/** What an evaluator knows of a judgement. */
export type VerdictInput = Stated<Omit<EvalVerdict, RequiredOfVerdict>> &
  Pick<EvalVerdict, RequiredOfVerdict>;
type RequiredOfVerdict = 'inference_at' | 'evaluator' | 'dimension' | 'passed';

/** What the publisher fills in. */
export interface InputDefaults {
  readonly service: string;
  readonly environment: string;
  readonly newEventId: () => Uint8Array;
  /** Epoch microseconds. */
  readonly now: () => number;
  /** How many events each one stands for that is kept. */
  readonly sampleOneIn: number;
}

/** Fields that the publisher fills in, as code over `input` and `defaults`. */
const FILLED: Readonly<Record<string, string>> = {
  event_id: 'input.event_id ?? defaults.newEventId()',
  occurred_at: 'input.occurred_at ?? defaults.now()',
  service: 'input.service ?? defaults.service',
  environment: 'input.environment ?? defaults.environment',
  cost_source: "input.cost_source ?? ((input.cost_nano_usd ?? null) === null ? 'unknown' : 'reported')",
  // What is no number is told as it is: multiplied, the text '3' would be one.
  sample_weight:
    "typeof (input.sample_weight ?? 1) === 'number' ? (input.sample_weight ?? 1) * defaults.sampleOneIn : input.sample_weight",
  // A clock that is behind that of the inference's service would contradict it.
  judged_at: 'input.judged_at ?? Math.max(defaults.now(), input.inference_at)',
};

type Complete<Input, Whole> = (input: Input, defaults: InputDefaults) => Whole;

/**
 * Compiles what makes a whole record of an input: always the same properties in the same order, for the encoder then sees
 * one shape of object, which is what makes it fast. Unstated lists and maps are one empty object for all.
 */
function compileCompletion<Input, Whole>(fields: EventFields): Complete<Input, Whole> {
  const shared: Record<string, unknown> = {};
  const lines = Object.entries(fields).map(([name, field]) => {
    if (FILLED[name] !== undefined) return `${name}: ${FILLED[name]},`;
    if (field.isRequired === true) return `${name}: input.${name},`;
    const value = defaultOf(field);
    if (typeof value !== 'object' || value === null)
      return `${name}: input.${name} ?? ${JSON.stringify(value)},`;
    shared[name] = value;
    return `${name}: input.${name} ?? shared.${name},`;
  });
  const source = `'use strict'; return (input, defaults) => ({\n${lines.join('\n')}\n});`;
  const make = Reflect.construct(Function, ['shared', source]) as (
    values: Readonly<Record<string, unknown>>,
  ) => Complete<Input, Whole>;
  return make(shared);
}

/** A whole event. Unstated texts are empty, unstated measurements null, counts zero. */
export const completeEvent = compileCompletion<EventInput, InferenceEvent>(INFERENCE_FIELDS);

/** A whole verdict, by the same rules. */
export const completeVerdict = compileCompletion<VerdictInput, EvalVerdict>(VERDICT_FIELDS);

/** Refuses what the collector would. Throws PUBLISHER_EVENT_INVALID with every fault in `details.issues`. */
export function checkEvent(event: InferenceEvent): void {
  const faults = inferenceFaults(event);
  if (faults.length > 0) throw invalid('event', faults);
}

/** The same of a verdict. */
export function checkVerdict(verdict: EvalVerdict): void {
  const faults = verdictFaults(verdict);
  if (faults.length > 0) throw invalid('verdict', faults);
}

function invalid(what: string, issues: readonly IntakeIssue[]): AppError<PublisherErrorCode> {
  const text = issues.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
  return new AppError('PUBLISHER_EVENT_INVALID', `The ${what} cannot be published: ${text.join('; ')}.`, {
    outcome: 'dead-letter',
    remedy: 'Correct the fields named; send null or leave out what is not known.',
    details: { field: issues[0]?.path, issues },
  });
}
