/** What is said of a text in numbers, by the names that `measures` has them under; the text itself goes no further. */
export interface TextSignals {
  readonly characters: number;
  /** Share of characters beyond ASCII, 0 to 1. */
  readonly nonAsciiRatio: number;
  /** Share of the runs of four words that stood before in the text, 0 to 1; 0 of fewer words. */
  readonly repetitionRatio: number;
  /** Whether it begins as answers do that decline. */
  readonly isRefusal: boolean;
}

/** Longer answers are rare, and what is told of the beginning holds for the whole. */
const WORDS_MAX = 20_000;
const RUN_WORDS = 4;
/** Refusals are told at the beginning. */
const OPENING_CHARS = 300;

/**
 * How models of today begin to decline, in English. It is a signal for a rate and its changes, and no judgement of one answer.
 */
const REFUSAL =
  /\b(?:i(?:'|\u2019)?m (?:sorry|unable|not able)|i am (?:sorry|unable|not able)|i (?:can(?:'|\u2019)?t|cannot|won(?:'|\u2019)?t|will not)|i must decline)\b[^.!?]{0,120}?\b(?:help|assist|comply|provide|create|generate|write|answer|fulfil|share|support|discuss|engage|do that)/i;

/** Of an answer's text. */
export function textSignals(text: string): TextSignals {
  const { characters, nonAscii } = charactersOf(text);
  return {
    characters,
    nonAsciiRatio: characters === 0 ? 0 : nonAscii / characters,
    repetitionRatio: repetitionOf(text),
    isRefusal: REFUSAL.test(text.slice(0, OPENING_CHARS)),
  };
}

/** Code points: a pair of surrogates is one. */
export function charactersOf(text: string): { readonly characters: number; readonly nonAscii: number } {
  let [characters, nonAscii] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.codePointAt(at) ?? 0;
    characters += 1;
    if (unit > 0x7f) nonAscii += 1;
    if (unit > 0xffff) at += 1;
  }
  return { characters, nonAscii };
}

function repetitionOf(text: string): number {
  const words = text
    .toLowerCase()
    .split(/\s+/, WORDS_MAX)
    .filter((word) => word !== '');
  const runCount = words.length - RUN_WORDS + 1;
  if (runCount <= 0) return 0;
  const seen = new Set<string>();
  for (let at = 0; at < runCount; at += 1) seen.add(words.slice(at, at + RUN_WORDS).join(' '));
  return 1 - seen.size / runCount;
}
