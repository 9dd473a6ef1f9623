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

const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  event_id: fromUuid,
  occurred_at: fromTime,
  judged_at: fromTime,
  inference_at: fromTime,
  verdicts: fromVerdicts,
};

/** A record in the making: the fields that are right so far, and what is wrong with the others. */
class RecordReading {
  readonly fields: Record<string, unknown> = {};
  readonly issues: (IntakeIssue | CodedIssue)[] = [];
  readonly given: Fields;
  /** Faults beyond those that are described: thousands of unknown keys are counted, not told one by one. */
  #untoldCount = 0;

  /** A null at the top stands for an absent field, as many JSON writers mean it; defaults then apply. */
  constructor(json: unknown, recordName: string) {
    if (!isObject(json))
      throw recordInvalid(recordName, [{ path: '', expected: 'a JSON object', found: describe(json) }]);
    this.given = json;
  }

  value(name: string): unknown {
    return Object.hasOwn(this.given, name) ? (this.given[name] ?? undefined) : undefined;
  }

  get issueCount(): number {
    return this.issues.length + this.#untoldCount;
  }

  refuseUnknown(
    keys: { readonly known: readonly string[]; readonly set: ReadonlySet<string> },
    hints: HintBudget,
  ): void {
    for (const key of Object.keys(this.given)) {
      if (keys.set.has(key)) continue;
      if (this.issues.length < ISSUES_MAX) this.issues.push(unknownKey(key, keys.known, hints));
      else this.#untoldCount += 1;
    }
  }

  refuseInner(path: string, key: string): void {
    if (this.issues.length < ISSUES_MAX) this.issues.push(unknownInnerKey(path, key));
    else this.#untoldCount += 1;
  }

  contradict(issues: readonly IntakeIssue[]): void {
    this.issues.push(...issues.map((issue) => ({ ...issue, code: 'contradiction' as const })));
  }

  /** Reads a field by its rule; absent ones are left to the caller where `absent` is 'later'. */
  read(name: string, rule: FieldRule, absent: { readonly value: unknown } | 'required' | 'later'): void {
    const given = this.value(name);
    if (given === undefined) {
      if (absent === 'later') return;
      if (absent === 'required') this.issues.push(...faultsOf(rule, undefined, name));
      else this.fields[name] = absent.value;
      return;
    }
    const converted = CONVERSIONS[name]?.(given) ?? { value: given };
    if ('expected' in converted) {
      this.issues.push({ path: name, expected: converted.expected, found: describe(given) });
      return;
    }
    this.fields[name] = converted.value;
    this.issues.push(...faultsOf(rule, converted.value, name));
  }
}

/** One field of a kind of record: its rule, and what is done where it is absent. */
interface FieldReading {
  readonly name: string;
  readonly rule: FieldRule;
  readonly absent: Parameters<RecordReading['read']>[2];
}

/** Made once for each kind: records are read by the thousand. */
function readingsOf(
  rules: Readonly<Record<string, FieldRule>>,
  how: { readonly defaults: Fields; readonly later: readonly string[] },
): readonly FieldReading[] {
  return Object.entries(rules).map(([name, rule]) => {
    const byDefault = Object.hasOwn(how.defaults, name) ? { value: how.defaults[name] } : 'required';
    return { name, rule, absent: how.later.includes(name) ? 'later' : byDefault };
  });
}

const INFERENCE_READINGS = readingsOf(INFERENCE_RULES, {
  defaults: unstatedOf(INFERENCE_FIELDS),
  later: ['event_id', 'occurred_at', 'cost_source'],
});
const VERDICT_READINGS = readingsOf(VERDICT_RULES, {
  defaults: unstatedOf(VERDICT_FIELDS),
  later: ['event_id', 'judged_at'],
});
const REFERENCE_READINGS = readingsOf(REFERENCE_RULES, {
  defaults: unstatedOf(REFERENCE_FIELDS),
  later: ['event_id', 'judged_at'],
});

function readFields(reading: RecordReading, readings: readonly FieldReading[]): void {
  for (const { name, rule, absent } of readings) reading.read(name, rule, absent);
}

const INFERENCE_KEYS = [...Object.keys(INFERENCE_RULES), 'cost_usd'];
const INFERENCE_KEY_SET: ReadonlySet<string> = new Set(INFERENCE_KEYS);
const VERDICT_KEYS = Object.keys(VERDICT_RULES);
const VERDICT_KEY_SET: ReadonlySet<string> = new Set(VERDICT_KEYS);
const REFERENCE_KEYS = Object.keys(REFERENCE_RULES);
const REFERENCE_KEY_SET: ReadonlySet<string> = new Set(REFERENCE_KEYS);
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
  const reading = new RecordReading(json, 'inference event');
  const { fields, issues } = reading;
  reading.refuseUnknown(
    { known: INFERENCE_KEYS, set: INFERENCE_KEY_SET },
    options.hints ?? { left: ISSUES_MAX },
  );
  readFields(reading, INFERENCE_READINGS);
  readInlineKeys(reading);
  readCost(reading);
  const stated = statedOf(reading);
  issues.push(...inferenceGaps(stated));
  reading.contradict(inferenceContradictions(stated));
  if (issues.length > 0) throw recordInvalid('inference event', issues, reading.issueCount);
  fields['event_id'] ??= options.newEventId();
  fields['occurred_at'] ??= options.now();
  fields['cost_source'] ??= fields['cost_nano_usd'] === null ? 'unknown' : 'reported';
  return inOrder(INFERENCE_READINGS, fields) as unknown as InferenceEvent;
}

/** What was stated, as far as it could be read: a default contradicts nothing. */
function statedOf({ given, fields }: RecordReading): Fields {
  const stated: Record<string, unknown> = {};
  for (const name of Object.keys(given))
    if (given[name] !== null && Object.hasOwn(fields, name)) stated[name] = fields[name];
  if (fields['cost_nano_usd'] !== null) stated['cost_nano_usd'] = fields['cost_nano_usd'];
  return stated;
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
  const reading = new RecordReading(json, 'verdict');
  const { fields, issues } = reading;
  reading.refuseUnknown({ known: VERDICT_KEYS, set: VERDICT_KEY_SET }, options.hints ?? { left: ISSUES_MAX });
  readFields(reading, VERDICT_READINGS);
  reading.contradict(verdictContradictions(fields));
  if (issues.length > 0) throw recordInvalid('verdict', issues, reading.issueCount);
  fields['event_id'] ??= options.newEventId();
  // A clock that is behind that of the inference's service would contradict it.
  fields['judged_at'] ??= Math.max(options.now(), Number(fields['inference_at']));
  return inOrder(VERDICT_READINGS, fields) as unknown as EvalVerdict;
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
  const reading = new RecordReading(json, 'verdict by reference');
  const { fields, issues } = reading;
  const hints = options.hints ?? { left: ISSUES_MAX };
  reading.refuseUnknown({ known: REFERENCE_KEYS, set: REFERENCE_KEY_SET }, hints);
  readFields(reading, REFERENCE_READINGS);
  for (const name of HEX_IDS) if (typeof fields[name] === 'string') fields[name] = fields[name].toLowerCase();
  // An empty id names nothing, and would be found in every event that has none.
  for (const name of JUDGED_IDS) if (fields[name] === '') fields[name] = null;
  if (!JUDGED_IDS.some((name) => isStated(fields[name])))
    issues.push({ path: JUDGED_IDS[0], expected: `one of ${JUDGED_IDS.join(', ')}`, found: 'none' });
  if (issues.length > 0) throw recordInvalid('verdict by reference', issues, reading.issueCount);
  fields['event_id'] ??= options.newEventId();
  fields['judged_at'] ??= options.now();
  return inOrder(REFERENCE_READINGS, fields) as unknown as VerdictReference;
}

/** Always the same properties in the same order: the encoder then sees one shape of object. */
function inOrder(readings: readonly FieldReading[], fields: Fields): Fields {
  const record: Record<string, unknown> = {};
  for (const { name } of readings) record[name] = fields[name];
  return record;
}
