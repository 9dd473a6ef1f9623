/** Edits that turn one word into another: insert, delete, replace, swap neighbours (optimal string alignment). */
function editCount(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (beforePrevious[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    [beforePrevious, previous] = [previous, current];
  }
  return previous[to.length] ?? 0;
}

/** Longer words are no slips of somebody's, and would make the search slow. */
const WORD_LENGTH_MAX = 80;

/** The nearest of the known words, if it is near enough to be meant: a third of its letters may differ. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  if (word.length > WORD_LENGTH_MAX) return undefined;
  let best: { readonly word: string; readonly edits: number } | undefined;
  for (const candidate of known) {
    const editsMax = Math.max(1, Math.floor(candidate.length / 3));
    // Each letter too many or too few is an edit: most candidates are out of reach by their length alone.
    if (Math.abs(candidate.length - word.length) > editsMax) continue;
    const edits = editCount(word.toLowerCase(), candidate.toLowerCase());
    if (edits <= editsMax && (best === undefined || edits < best.edits)) best = { word: candidate, edits };
  }
  return best?.word;
}

/** `Did you mean "x"?`, or nothing where no word is near. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const nearest = nearestWord(word, known);
  return nearest === undefined ? undefined : `Did you mean "${nearest}"?`;
}
