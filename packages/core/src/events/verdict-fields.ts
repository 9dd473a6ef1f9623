import type { EventField, EventFields } from './field-kinds.ts';
import { INFERENCE_FIELDS } from './inference-fields.ts';
import { VERDICT_KIND, type VerdictKind } from './words.ts';

/** The fields of a judgement, whether it came with an event or by itself. */
export const JUDGEMENT_FIELDS = {
  evaluator: {
    kind: 'text',
    isRequired: true,
    meaning: 'Name of the evaluator; gen_ai.evaluation.name.',
  },
  evaluator_version: {
    kind: 'text',
    meaning: 'Version of the evaluator; empty when it has none.',
  },
  kind: {
    kind: 'word',
    default: 'online_judge',
    word: VERDICT_KIND,
    meaning: 'How the verdict came about.',
  },
  dimension: {
    kind: 'text',
    isRequired: true,
    meaning: 'What was judged: quality, safety and the like.',
  },
  passed: {
    kind: 'flag',
    isRequired: true,
    meaning: 'Whether the evaluator accepted the answer. A verdict without it reads as not passed.',
  },
  score: {
    kind: 'score',
    isNullable: true,
    meaning: "Score in the evaluator's own scale; gen_ai.evaluation.score.value. Null: none was given.",
  },
} as const satisfies EventFields;

/** What a verdict takes over from the inference that it judges, where the two come together. */
export const JUDGED_FIELDS = [
  'tenant',
  'environment',
  'service',
  'endpoint',
  'provider',
  'model_requested',
  'model_served',
  'deployment',
  'region',
  'prompt_name',
  'prompt_version',
  'variant',
  'attributes',
] as const satisfies readonly (keyof typeof INFERENCE_FIELDS)[];
type JudgedField = (typeof JUDGED_FIELDS)[number];

/** The fields of a verdict of its own, in the order of the wire. */
export const VERDICT_FIELDS = {
  event_id: {
    kind: 'id',
    hasNoDefault: true,
    meaning:
      'UUID, 16 bytes, from the evaluator. The same id means the same verdict, however often it arrives. No default: a verdict without identity is refused.',
  },
  judged_at: {
    kind: 'time',
    hasNoDefault: true,
    meaning:
      "When the judge decided, epoch microseconds, by the evaluator's clock. No default: a verdict without time is refused.",
  },
  inference_at: {
    kind: 'time',
    isRequired: true,
    hasNoDefault: true,
    meaning:
      'When the judged inference completed, epoch microseconds: its occurred_at. No default: a verdict that counts at no time is refused.',
  },
  request_id: {
    kind: 'text',
    isNullable: true,
    hasManyValues: true,
    meaning: 'Request that was judged. Null: not known.',
  },
  ...JUDGEMENT_FIELDS,
  ...judgedFields(),
  attributes: {
    kind: 'texts',
    meaning: 'Further dimensions, free text by name; from the evaluator.',
  },
} as const satisfies EventFields;

function judgedFields(): Readonly<Record<JudgedField, EventField>> {
  const entries = JUDGED_FIELDS.map((name) => {
    const field: EventField = INFERENCE_FIELDS[name];
    const unknown = field.isNullable === true ? ' Null: none.' : '';
    return [name, { ...field, meaning: `${name} of the judged inference.${unknown}` }];
  });
  return Object.fromEntries(entries) as Record<JudgedField, EventField>;
}

/** Ids by which a verdict may name what it judges, the surest first. A trace may hold several calls. */
export const JUDGED_IDS = ['response_id', 'span_id', 'request_id', 'trace_id'] as const;
export type JudgedId = (typeof JUDGED_IDS)[number];

/** The attribute of an event that holds the provider's id of its answer. */
export const RESPONSE_ID_ATTRIBUTE = 'response_id';

/** The fields of a verdict that names what it judges by an id and says nothing else of it. */
export const REFERENCE_FIELDS = {
  event_id: VERDICT_FIELDS.event_id,
  judged_at: VERDICT_FIELDS.judged_at,
  response_id: {
    kind: 'text',
    isNullable: true,
    hasManyValues: true,
    meaning: "The provider's id of the judged answer; gen_ai.response.id. Null: not known.",
  },
  span_id: {
    kind: 'text',
    isNullable: true,
    hasManyValues: true,
    meaning: 'W3C span id of the judged call. Null: not known.',
  },
  request_id: VERDICT_FIELDS.request_id,
  trace_id: {
    kind: 'text',
    isNullable: true,
    hasManyValues: true,
    meaning: 'W3C trace id of the judged call. Null: not known.',
  },
  ...JUDGEMENT_FIELDS,
  attributes: VERDICT_FIELDS.attributes,
} as const satisfies EventFields;

/** A judgement of an inference that is known by an id alone: whose dimensions and time are looked up. */
export interface VerdictReference extends Readonly<Record<JudgedId, string | null>> {
  /** UUID, 16 bytes: that of the verdict that it becomes. */
  readonly event_id: Uint8Array;
  /** Epoch microseconds. */
  readonly judged_at: number;
  readonly evaluator: string;
  readonly evaluator_version: string;
  readonly kind: VerdictKind;
  readonly dimension: string;
  readonly passed: boolean;
  readonly score: number | null;
  readonly attributes: Readonly<Record<string, string>>;
}
