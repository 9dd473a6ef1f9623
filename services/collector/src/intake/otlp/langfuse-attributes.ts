import { isAppError } from '@burnline/core';
import { pickMembers, type Shape } from '../../records/pick-members.ts';
import { COSTS, COUNTS, LANGFUSE } from './aliases.ts';
import type { Attributes, AttributeValue } from './span.ts';

/** By which Langfuse's own attributes are told. */
const TYPE = 'langfuse.observation.type';

/** What providers' usage and Langfuse's own buckets call it; of `*_details` the counts are parts of the whole. */
const USAGE = {
  input: 'scalar',
  prompt_tokens: 'scalar',
  input_tokens: 'scalar',
  output: 'scalar',
  completion_tokens: 'scalar',
  output_tokens: 'scalar',
  total: 'scalar',
  total_tokens: 'scalar',
  input_cached_tokens: 'scalar',
  input_cache_read: 'scalar',
  cache_read_input_tokens: 'scalar',
  input_cache_creation: 'scalar',
  cache_creation_input_tokens: 'scalar',
  output_reasoning_tokens: 'scalar',
  output_reasoning: 'scalar',
  input_audio_tokens: 'scalar',
  input_ephemeral_5m_input_tokens: 'scalar',
  input_ephemeral_1h_input_tokens: 'scalar',
  output_audio_tokens: 'scalar',
  output_accepted_prediction_tokens: 'scalar',
  output_rejected_prediction_tokens: 'scalar',
  prompt_tokens_details: { cached_tokens: 'scalar' },
  input_tokens_details: { cached_tokens: 'scalar' },
  completion_tokens_details: { reasoning_tokens: 'scalar' },
  output_tokens_details: { reasoning_tokens: 'scalar' },
} as const satisfies Shape;

type Members = Readonly<Record<string, unknown>>;

/**
 * Usage and cost of a span with Langfuse's own attributes, which has both as JSON, under the names of the conventions; what the span says
 * under these counts. Other spans as they are.
 */
export function withLangfuse(attributes: Attributes): Attributes {
  if (!attributes.has(TYPE)) return attributes;
  const told = new Map<string, AttributeValue>();
  const usage = members(attributes.get(LANGFUSE.usage), USAGE);
  if (usage !== null) addUsage(told, usage);
  const total = members(attributes.get(LANGFUSE.cost), { total: 'scalar' })?.['total'];
  // Of a call that failed it says 0.
  if (typeof total === 'number' && total > 0) told.set(COSTS[0], total);
  return new Map([...told, ...attributes]);
}

/**
 * Langfuse's own buckets stand beside each other (`input` is without what was cached) and sum to `total`; of OpenAI's usage they are parts
 * of the whole. Where there is a total it says which, and where it says neither, there are buckets that are not known here, and the whole
 * is unknown.
 */
function addUsage(told: Map<string, AttributeValue>, usage: Members): void {
  const input = first(usage, 'prompt_tokens', 'input_tokens', 'input');
  const output = first(usage, 'completion_tokens', 'output_tokens', 'output');
  const read = first(usage, 'input_cached_tokens', 'input_cache_read', 'cache_read_input_tokens');
  const written = sum(
    first(usage, 'input_cache_creation', 'cache_creation_input_tokens'),
    first(usage, 'input_ephemeral_5m_input_tokens'),
    first(usage, 'input_ephemeral_1h_input_tokens'),
  );
  const reasoning = first(usage, 'output_reasoning_tokens', 'output_reasoning');
  const inputBuckets = sum(read, written, first(usage, 'input_audio_tokens')) ?? 0;
  const outputBuckets =
    sum(
      reasoning,
      first(usage, 'output_audio_tokens'),
      first(usage, 'output_accepted_prediction_tokens'),
      first(usage, 'output_rejected_prediction_tokens'),
    ) ?? 0;
  const total = first(usage, 'total', 'total_tokens');
  // By what stands beside the whole: nothing, and then the buckets of one side, and of both.
  const splits = [[0, 0] as const, [inputBuckets, 0] as const, [0, outputBuckets] as const];
  const both = [inputBuckets, outputBuckets] as const;
  const whole = (input ?? 0) + (output ?? 0);
  const fits = ([ofInput, ofOutput]: readonly [number, number]): boolean =>
    total === whole + ofInput + ofOutput;
  const beside = total === null ? both : [...splits, both].find(fits);
  const set = (key: string, count: number | null): void => {
    if (count !== null) told.set(key, count);
  };
  if (beside !== undefined) {
    set(COUNTS.input[0], input === null ? null : input + beside[0]);
    set(COUNTS.output[0], output === null ? null : output + beside[1]);
  }
  set(
    COUNTS.cached[0],
    detail(usage, 'cached_tokens', 'prompt_tokens_details', 'input_tokens_details') ?? read,
  );
  set(COUNTS.cacheWritten[0], written);
  set(
    COUNTS.reasoning[0],
    detail(usage, 'reasoning_tokens', 'completion_tokens_details', 'output_tokens_details') ?? reasoning,
  );
}

/** Of those that are told; null: none is. */
function sum(...counts: readonly (number | null)[]): number | null {
  const told = counts.filter((count) => count !== null);
  return told.length === 0 ? null : told.reduce((all, count) => all + count, 0);
}

function first(usage: Members, ...names: readonly string[]): number | null {
  for (const name of names) {
    const value = usage[name];
    if (typeof value === 'number') return value;
  }
  return null;
}

function detail(usage: Members, name: string, ...places: readonly string[]): number | null {
  for (const place of places) {
    const details = usage[place];
    const value = typeof details === 'object' && details !== null ? (details as Members)[name] : null;
    if (typeof value === 'number') return value;
  }
  return null;
}

/** null: there are none, or nothing that can be read. */
function members(value: AttributeValue | undefined, shape: Shape): Members | null {
  if (typeof value !== 'string') return null;
  try {
    return pickMembers(Buffer.from(value), shape);
  } catch (error) {
    if (error instanceof SyntaxError || isAppError(error)) return null;
    throw error;
  }
}
