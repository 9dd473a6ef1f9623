import {
  INFERENCE_FIELDS,
  JUDGED_IDS,
  JUDGEMENT_FIELDS,
  REFERENCE_FIELDS,
  VERDICT_FIELDS,
  defaultsOf,
  type EvalVerdict,
  type EventFields,
  type InferenceEvent,
  type VerdictReference,
} from '@burnline/core';
import { inferenceContradictions, inferenceGaps, verdictContradictions } from './contradictions.ts';
import { parseEpochMicros } from './epoch-micros.ts';
import { uuidToBytes } from './event-id.ts';
import { describe } from './event-contract-error.ts';
import { INFERENCE_RULES, INLINE_VERDICT_RULES, REFERENCE_RULES, VERDICT_RULES } from './event-rules.ts';
import { faultsOf, isObject, type FieldRule } from './field-rules.ts';
import {
  ISSUES_MAX,
  recordInvalid,
  unknownInnerKey,
  unknownKey,
  type CodedIssue,
  type IntakeIssue,
} from './intake-issues.ts';
import type { HintBudget } from './key-hints.ts';
import { nanoUsdFromDecimal } from './nano-usd.ts';

export interface IntakeOptions {
  /** 16 bytes for a record that came without an id. */
  readonly newEventId: () => Uint8Array;
  /** Epoch microseconds for a record that came without a time. */
  readonly now: () => number;
  /** Bounds the search for what unknown keys were meant to be, over all records of a request; by default those of one. */
  readonly hints?: HintBudget;
}

type Fields = Readonly<Record<string, unknown>>;

/** How JSON says what the record holds in another form: the value, or what was expected. */
type Conversion = (value: unknown) => { readonly value: unknown } | { readonly expected: string };

const USD_EXPECTED = 'USD as a decimal number or text, 0 to 9,000,000';

const fromUuid: Conversion = (value) => {
  try {
    return { value: uuidToBytes(typeof value === 'string' ? value : '') };
  } catch {
    return { expected: 'a UUID' };
  }
};
const fromTime: Conversion = (value) => {
  const parsed = parseEpochMicros(value);
  return parsed.kind === 'time' ? { value: parsed.epochMicros } : { expected: parsed.expected };
};
/** What stands for a field that a sender leaves out; of one that it has to say there is none. */
function unstatedOf(fields: EventFields): Fields {
  const unstated = Object.entries(fields).filter(([, field]) => field.isRequired !== true);
  return defaultsOf(Object.fromEntries(unstated));
}
const JUDGEMENT_DEFAULTS = unstatedOf(JUDGEMENT_FIELDS);

/** Each verdict with what stands for the fields that it leaves out. */
const fromVerdicts: Conversion = (value) => ({
  value: Array.isArray(value)
    ? value.map((one: unknown) => (isObject(one) ? { ...JUDGEMENT_DEFAULTS, ...one } : one))
    : value,
});

const CONVERSIONS: ReadonlyMap<string, Conversion> = new Map([
  ['event_id', fromUuid],
  ['occurred_at', fromTime],
  ['judged_at', fromTime],
  ['inference_at', fromTime],
  ['verdicts', fromVerdicts],
]);

/** A kind of record, as it is read: made once, since records are read by the thousand. */
interface RecordKind {
  /** For messages. */
  readonly name: string;
  readonly rules: ReadonlyMap<string, FieldRule>;
  /** All fields in the schema's order, each with what stands for it where it is not given; undefined: nothing does. */
  readonly unstated: Fields;
  /** All fields, each null: nothing was given of any. */
  readonly nothing: Fields;
  readonly required: readonly (readonly [string, FieldRule])[];
  /** Keys that a sender may use. */
  readonly keys: readonly string[];
}

/** `later`: fields that the caller fills in where they are absent. */
function kindOf(
  name: string,
  rules: Readonly<Record<string, FieldRule>>,
  how: {
    readonly fields: EventFields;
    readonly later: readonly string[];
    readonly otherKeys?: readonly string[];
  },
): RecordKind {
  const defaults = unstatedOf(how.fields);
  const names = Object.keys(rules);
  const hasDefault = (field: string): boolean => !how.later.includes(field) && Object.hasOwn(defaults, field);
  return {
    ...{ name, rules: new Map(Object.entries(rules)), keys: [...names, ...(how.otherKeys ?? [])] },
    unstated: Object.fromEntries(
      names.map((field) => [field, hasDefault(field) ? defaults[field] : undefined]),
    ),
    nothing: Object.fromEntries(names.map((field) => [field, null])),
    required: Object.entries(rules).filter(([field]) => !how.later.includes(field) && !hasDefault(field)),
  };
}

const INFERENCE = kindOf('inference event', INFERENCE_RULES, {
  fields: INFERENCE_FIELDS,
  later: ['event_id', 'occurred_at', 'cost_source'],
  otherKeys: ['cost_usd'],
});
const VERDICT = kindOf('verdict', VERDICT_RULES, {
  fields: VERDICT_FIELDS,
  later: ['event_id', 'judged_at'],
});
const REFERENCE = kindOf('verdict by reference', REFERENCE_RULES, {
  fields: REFERENCE_FIELDS,
  later: ['event_id', 'judged_at'],
});

/** A record in the making: its fields, as far as they are right, and what is wrong with the others. */
class RecordReading {
  /** Always the same properties in the same order: the encoder then sees one shape of object. */
  readonly fields: Record<string, unknown>;
  /** What was given and could be read, and null for the others: an object that grows field by field costs more. */
  readonly stated: Record<string, unknown>;
  readonly issues: (IntakeIssue | CodedIssue)[] = [];
  readonly #kind: RecordKind;
  readonly #given: Fields;
  /** Faults beyond those that are described: thousands of unknown keys are counted, not told one by one. */
  #untoldCount = 0;

  /** A null at the top stands for an absent field, as many JSON writers mean it; defaults then apply. */
  constructor(
    json: unknown,
    kind: RecordKind,
    { hints = { left: ISSUES_MAX } }: Pick<IntakeOptions, 'hints'>,
  ) {
    if (!isObject(json))
      throw recordInvalid(kind.name, [{ path: '', expected: 'a JSON object', found: describe(json) }]);
    this.#given = json;
    this.#kind = kind;
    this.fields = { ...kind.unstated };
    this.stated = { ...kind.nothing };
    this.#read(hints);
  }

  value(name: string): unknown {
    return Object.hasOwn(this.#given, name) ? (this.#given[name] ?? undefined) : undefined;
  }

  refuseInner(path: string, key: string): void {
    if (this.issues.length < ISSUES_MAX) this.issues.push(unknownInnerKey(path, key));
    else this.#untoldCount += 1;
  }

  contradict(issues: readonly IntakeIssue[]): void {
    this.issues.push(...issues.map((issue) => ({ ...issue, code: 'contradiction' as const })));
  }

  /** Throws CONTRACT_EVENT_INVALID where anything was found wrong. */
  finish(): void {
    if (this.issues.length > 0)
      throw recordInvalid(this.#kind.name, this.issues, this.issues.length + this.#untoldCount);
  }

  /** Walks over what is given, which is a fifth of the fields or so. */
  #read(hints: HintBudget): void {
    const { rules, required, keys } = this.#kind;
    const faults: IntakeIssue[] = [];
    for (const name of Object.keys(this.#given)) {
      const rule = rules.get(name);
      if (rule !== undefined) this.#readField(name, rule, faults);
      else if (!keys.includes(name)) this.#refuseUnknown(name, hints);
    }
    for (const [name, rule] of required)
      if (this.value(name) === undefined) faults.push(...faultsOf(rule, undefined, name));
    if (faults.length > 0) this.issues.push(...inOrderOf(keys, faults));
  }

  #readField(name: string, rule: FieldRule, faults: IntakeIssue[]): void {
    const given = this.#given[name];
    if (given === undefined || given === null) return;
    const converted = CONVERSIONS.get(name)?.(given) ?? { value: given };
    if ('expected' in converted) {
      faults.push({ path: name, expected: converted.expected, found: describe(given) });
      return;
    }
    this.fields[name] = converted.value;
    this.stated[name] = converted.value;
    if (!rule.holds(converted.value)) faults.push(...faultsOf(rule, converted.value, name));
  }

  #refuseUnknown(key: string, hints: HintBudget): void {
    if (this.issues.length < ISSUES_MAX) this.issues.push(unknownKey(key, this.#kind.keys, hints));
    else this.#untoldCount += 1;
  }
}

/** As the fields stand in the schema, whatever order a sender has. */
function inOrderOf(keys: readonly string[], faults: readonly IntakeIssue[]): readonly IntakeIssue[] {
  const placeOf = ({ path }: IntakeIssue): number => keys.indexOf(path.split(/[.[]/, 1)[0] ?? '');
  return [...faults].sort((one, other) => placeOf(one) - placeOf(other));
}

const INLINE_KEY_SET: ReadonlySet<string> = new Set(Object.keys(INLINE_VERDICT_RULES));

/**
 * An inference event from JSON with snake_case keys.
 *
 * Required: `service`, `status`, `model_requested` or `model_served`, and `duration_ms` where the status is ok. What is not
 * stated stays unstated (null, or empty text): nothing is guessed. `occurred_at` is ISO 8601 with a zone or epoch
 * microseconds; `cost_usd` may stand for `cost_nano_usd`; a null stands for an absent field. Throws CONTRACT_EVENT_INVALID
 * with all faults in `details.issues`.
 */
export function parseInferenceEvent(json: unknown, options: IntakeOptions): InferenceEvent {
  const reading = new RecordReading(json, INFERENCE, options);
  const { fields, issues, stated } = reading;
  readInlineKeys(reading);
  readCost(reading);
  if (fields['cost_nano_usd'] !== null) stated['cost_nano_usd'] = fields['cost_nano_usd'];
  // A default contradicts nothing.
  issues.push(...inferenceGaps(stated));
  reading.contradict(inferenceContradictions(stated));
  reading.finish();
  fields['event_id'] ??= options.newEventId();
  fields['occurred_at'] ??= options.now();
  fields['cost_source'] ??= fields['cost_nano_usd'] === null ? 'unknown' : 'reported';
  return fields as unknown as InferenceEvent;
}

function readInlineKeys(reading: RecordReading): void {
  const verdicts = reading.value('verdicts');
  if (!Array.isArray(verdicts)) return;
  verdicts.forEach((verdict: unknown, index) => {
    if (!isObject(verdict)) return;
    for (const key of Object.keys(verdict))
      if (!INLINE_KEY_SET.has(key)) reading.refuseInner(`verdicts[${index}]`, key);
  });
}

function readCost(reading: RecordReading): void {
  const usd = reading.value('cost_usd');
  if (usd === undefined) return;
  if (reading.value('cost_nano_usd') !== undefined) {
    const expected = 'either cost_usd or cost_nano_usd';
    reading.issues.push({ path: 'cost_usd', expected, found: 'both' });
    return;
  }
  const nano = typeof usd === 'string' || typeof usd === 'number' ? nanoUsdFromDecimal(usd) : null;
  if (nano === null) reading.issues.push({ path: 'cost_usd', expected: USD_EXPECTED, found: describe(usd) });
  else reading.fields['cost_nano_usd'] = nano;
}

/**
 * A verdict from JSON with snake_case keys. Required: `inference_at`, `evaluator`, `dimension`, `passed` and `service`.
 * Throws CONTRACT_EVENT_INVALID with all faults in `details.issues`.
 */
export function parseEvalVerdict(json: unknown, options: IntakeOptions): EvalVerdict {
  const reading = new RecordReading(json, VERDICT, options);
  const { fields } = reading;
  reading.contradict(verdictContradictions(fields));
  reading.finish();
  fields['event_id'] ??= options.newEventId();
  // A clock that is behind that of the inference's service would contradict it.
  fields['judged_at'] ??= Math.max(options.now(), Number(fields['inference_at']));
  return fields as unknown as EvalVerdict;
}

/** Ids of W3C's are compared as texts: their digits are lower case. */
const HEX_IDS: readonly string[] = ['trace_id', 'span_id'];

/** Whether a verdict names what it judges by an id alone, and leaves its time and dimensions to be looked up. */
export function isReference(json: unknown): boolean {
  if (!isObject(json)) return false;
  const given = JUDGED_IDS.some((name) => isStated(json[name]));
  return given && !isStated(json['inference_at']);
}

const isStated = (value: unknown): boolean => value !== undefined && value !== null;

/**
 * A verdict from JSON that names what it judges by `response_id`, `span_id`, `request_id` or `trace_id`. Required: one of
 * these, `evaluator`, `dimension` and `passed`. Throws CONTRACT_EVENT_INVALID with all faults in `details.issues`.
 */
export function parseVerdictReference(json: unknown, options: IntakeOptions): VerdictReference {
  const reading = new RecordReading(json, REFERENCE, options);
  const { fields, issues } = reading;
  for (const name of HEX_IDS) if (typeof fields[name] === 'string') fields[name] = fields[name].toLowerCase();
  // An empty id names nothing, and would be found in every event that has none.
  for (const name of JUDGED_IDS) if (fields[name] === '') fields[name] = null;
  if (!JUDGED_IDS.some((name) => isStated(fields[name])))
    issues.push({ path: JUDGED_IDS[0], expected: `one of ${JUDGED_IDS.join(', ')}`, found: 'none' });
  reading.finish();
  fields['event_id'] ??= options.newEventId();
  fields['judged_at'] ??= options.now();
  return fields as unknown as VerdictReference;
}
