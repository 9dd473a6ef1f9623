const WORD = /^[\w.:$/-]{1,128}$/;

/** A label as it is kept: `_OTHER` for a text that is no word, which is somebody's. null: none. */
export function labelWord(label: string | null): string | null {
  return label === null || WORD.test(label) ? label : '_OTHER';
}
