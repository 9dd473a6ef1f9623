import type { InlineVerdict } from '@burnline/core';

/** What an event must say besides its duration. */
export const LEAST = { status: 'ok', model_requested: 'm' } as const;

/** A character of three bytes: bounds are in characters. */
const WIDE = '\u20ac';
const TEXT_CHARS_MAX = 512;
const VERDICT_BYTES = 3 * 3 * TEXT_CHARS_MAX;

/** Something valid that makes an event about so many bytes long, up to 140,000. */
export function ofBytes(bytes: number): { readonly request_id: string; readonly verdicts: InlineVerdict[] } {
  const text = WIDE.repeat(TEXT_CHARS_MAX);
  const verdict: InlineVerdict = {
    evaluator: text,
    evaluator_version: text,
    kind: 'online_judge',
    dimension: text,
    passed: true,
    score: null,
  };
  const verdicts = Array.from({ length: Math.floor(bytes / VERDICT_BYTES) }, () => verdict);
  return { request_id: 'x'.repeat(Math.min(bytes, TEXT_CHARS_MAX)), verdicts };
}
