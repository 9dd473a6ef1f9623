import stringWidth from 'string-width';

/**
 * Characters that a terminal obeys instead of showing: C0 and C1 controls, DEL, what turns the direction of text, separators
 * of lines and paragraphs, the byte order mark, tags, and halves of surrogate pairs.
 */
const UNSHOWN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]|\p{Cs}/gu;

const NAMED: ReadonlyMap<string, string> = new Map([
  ['\n', String.raw`\n`],
  ['\r', String.raw`\r`],
  ['\t', String.raw`\t`],
  ['\u001b', String.raw`\e`],
]);

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code > 0xffff) return String.raw`\u{${digits}}`;
  return (
    NAMED.get(character) ?? (code < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\u${digits.padStart(4, '0')}`)
  );
}

/** A text from outside as one line that a terminal can only show: what it would obey is written as an escape. */
export function shown(text: string): string {
  return text.replace(UNSHOWN, escapeOf);
}

/** The same, of a text that has lines. */
export function shownLines(text: string): string {
  return text.split('\n').map(shown).join('\n');
}

/** Joins words, shows nothing, and is no part of a name or an address. */
const WORD_JOINER = '\u2060';

/** A text for Markdown that mentions nobody and is no link where it looks like an address. */
export function unlinked(text: string): string {
  return text.replace(/@|:(?=\/\/)|\bwww(?=\.)/gi, (one) => one + WORD_JOINER);
}

/** What most texts are: one column for each character. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Columns that a text takes on a terminal; East Asian wide characters take two. */
export const widthOf = (text: string): number => (PLAIN.test(text) ? text.length : stringWidth(text));

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const ELLIPSIS = '...';
/** A grapheme of more code units is somebody's joke: it is not looked at as a whole. */
const UNITS_PER_COLUMN_MAX = 16;

/** A text of at most `columns` columns; what is longer is cut and ends in dots. */
export function cut(text: string, columns: number): string {
  // Of a long text only its beginning can be shown, and only that is measured.
  const start = text.slice(0, columns * UNITS_PER_COLUMN_MAX);
  if (start.length === text.length && widthOf(text) <= columns) return text;
  let kept = '';
  let width = ELLIPSIS.length;
  for (const { segment } of graphemes.segment(start)) {
    width += widthOf(segment);
    if (width > columns) break;
    kept += segment;
  }
  return kept + ELLIPSIS;
}
