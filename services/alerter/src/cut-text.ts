/** A text of at most so many characters; one that was longer ends in `…`. */
export function cutText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  // A pair of surrogates is not cut in two.
  return `${text.slice(0, lengthMax - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** A text in one line: no line break, no other control character, which some receivers refuse and a header would end at. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
