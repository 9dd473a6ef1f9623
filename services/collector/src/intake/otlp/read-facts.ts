import { TEXT_CHARS_MAX } from '@burnline/contracts';
import { isAppError } from '@burnline/core';
import { pickMembers } from '../../records/pick-members.ts';
import { labelWord } from '../label-word.ts';
import {
  COSTS,
  COUNTS,
  FIRST_TOKEN,
  GUARDRAIL_VALUES,
  LANGFUSE,
  PARAMETERS,
  PROCESS,
  SCORES,
  SERVED,
  STREAM_FLAGS,
  TEXTS,
  WORDS,
} from './aliases.ts';
import { ROLES } from './call-kinds.ts';
import type { Attributes, AttributeValue } from './span.ts';

/** Every attribute that is read, of resources, spans and events. */
const WANTED: ReadonlySet<string> = new Set<string>([
  ...Object.values(TEXTS).flat(),
  ...Object.values(WORDS).flat(),
  ...Object.values(COUNTS).flat(),
  ...COSTS,
  ...STREAM_FLAGS,
  ...Object.values(SCORES).flat(),
  ...GUARDRAIL_VALUES,
  ...Object.values(LANGFUSE),
  PARAMETERS,
  SERVED,
  ...PROCESS,
  ...FIRST_TOKEN.map(([key]) => key),
  ...ROLES.map(([key]) => key),
]);

/** A judgement in attributes of its own, by its number and what it says: OpenInference's. */
export const JUDGEMENT_KEY =
  /^(?:evaluations|annotations)\.(\d{1,2})\.(?:evaluation|annotation)\.(name|score|label|annotator_kind)$/;

/** Whether an attribute is read. */
export function isWanted(key: string): boolean {
  if (WANTED.has(key)) return true;
  return mayBeJudgement(key) && JUDGEMENT_KEY.test(key);
}

/** Most keys are none, and are told by their beginning. */
export const mayBeJudgement = (key: string): boolean => key.startsWith('eval') || key.startsWith('anno');

function textOf(value: AttributeValue | undefined): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? fieldText(value) : null;
}

/** null for a text that no field holds: empty, somebody's prompt, or half of a surrogate pair. */
export function fieldText(text: string): string | null {
  return text !== '' && text.length <= TEXT_CHARS_MAX && text.isWellFormed() ? text : null;
}

export function textFact(attributes: Attributes, fact: keyof typeof TEXTS): string | null {
  for (const key of TEXTS[fact]) {
    const text = textOf(attributes.get(key));
    if (text !== null) return text;
  }
  return null;
}

/** The model that a call's parameters name; null: none, or parameters that cannot be read. */
export function modelInParameters(attributes: Attributes): string | null {
  const parameters = attributes.get(PARAMETERS);
  if (typeof parameters !== 'string') return null;
  try {
    const model = pickMembers(Buffer.from(parameters), { model: 'scalar' })?.model;
    return typeof model === 'string' ? fieldText(model) : null;
  } catch (error) {
    if (error instanceof SyntaxError || isAppError(error)) return null;
    throw error;
  }
}

/** `_OTHER` for a text that is no word. */
export function wordFact(attributes: Attributes, fact: keyof typeof WORDS): string | null {
  for (const key of WORDS[fact]) {
    const word = wordOf(attributes.get(key));
    if (word !== null) return word;
  }
  return null;
}

/** What Python calls a class, which some libraries send as they have it. */
const CLASS_OF_PYTHON = /^<class '([\w.]+)'>$/;

/** The first of a list that is written as JSON, as LiteLLM does. */
const FIRST_OF_JSON = /^\["([^"]*)"/;

/** The same of a value. */
export function wordOf(value: AttributeValue | undefined): string | null {
  if (value === undefined || value === '' || typeof value === 'boolean') return null;
  return labelWord(typeof value === 'string' ? wordIn(value) : String(value));
}

/** Few texts hold their word in something else: both kinds are told by how they begin. */
function wordIn(text: string): string {
  if (text.startsWith('<')) return CLASS_OF_PYTHON.exec(text)?.[1] ?? text;
  // Langfuse writes what it has as JSON.
  if (text.startsWith('"')) return text.slice(1, -1);
  if (text.startsWith('[')) return FIRST_OF_JSON.exec(text)?.[1] ?? text;
  return text;
}

/** A count; a number as a text is one, as SDKs of other languages write it. */
export function countFact(attributes: Attributes, fact: keyof typeof COUNTS): number | null {
  for (const key of COUNTS[fact]) {
    const value = numberOf(attributes.get(key));
    if (value !== null && Number.isSafeInteger(value) && value >= 0) return value;
  }
  return null;
}

export function costUsdOf(attributes: Attributes): number | null {
  for (const key of COSTS) {
    const value = numberOf(attributes.get(key));
    if (value !== null && value >= 0) return value;
  }
  return null;
}

/** A judge's score, in its own scale. */
export function scoreFact(attributes: Attributes, fact: keyof typeof SCORES): number | null {
  return firstOf(SCORES[fact], (key) => scoreOf(attributes.get(key)));
}

/** A number as a text is one. */
export function scoreOf(value: AttributeValue | undefined): number | null {
  const isNumeral = typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value);
  const number = isNumeral ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** A flag as a text is one: LiteLLM writes Python's. */
export function isStreamedBy(attributes: Attributes): boolean {
  for (const key of STREAM_FLAGS) {
    const value = attributes.get(key);
    if (value === true || (typeof value === 'string' && /^true$/i.test(value))) return true;
  }
  return false;
}

/** Milliseconds after the start; null: not stated, or before it. */
export function firstTokenMsOf(attributes: Attributes, startMs: number): number | null {
  for (const [key, unit] of FIRST_TOKEN) {
    const said = attributes.get(key);
    if (said === undefined) continue;
    const ms = unit === 'instant' ? instantMsOf(said) - startMs : (numberOf(said) ?? NaN);
    const value = unit === 's' ? ms * 1_000 : ms;
    if (value >= 0 && Number.isFinite(value)) return value;
  }
  return null;
}

/** Langfuse writes it as JSON, quotes and all. NaN: no time. */
function instantMsOf(value: AttributeValue): number {
  return typeof value === 'string' ? Date.parse(value.replaceAll('"', '')) : NaN;
}

function numberOf(value: AttributeValue | undefined): number | null {
  const number = typeof value === 'string' && /^\d{1,15}(\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** The first that is not null. */
export function firstOf<Key, Value>(keys: readonly Key[], read: (key: Key) => Value | null): Value | null {
  for (const key of keys) {
    const value = read(key);
    if (value !== null) return value;
  }
  return null;
}
