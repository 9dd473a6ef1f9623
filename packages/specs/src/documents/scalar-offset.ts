import { Scalar } from 'yaml';

/**
 * Where in a file the character at `valueOffset` of a scalar's value stands. Value and source are walked side by side:
 * what the source has more (indentation, escapes, the newline behind a folded blank) is passed over.
 *
 * @returns an offset into `text`, within the scalar's range
 */
export function scalarOffset(text: string, scalar: Scalar, valueOffset: number): number {
  const { range, value, type } = scalar;
  if (!range || typeof value !== 'string') return range?.[0] ?? 0;
  const [start, end] = range;
  const isBlock = type === Scalar.BLOCK_FOLDED || type === Scalar.BLOCK_LITERAL;
  const isQuoted = type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE;
  let position = isBlock ? text.indexOf('\n', start) + 1 : isQuoted ? start + 1 : start;
  const skipTo = (index: number): void => {
    const wanted = value[index] ?? '';
    const isBlank = wanted === ' ' || wanted === '\n';
    while (position < end) {
      const found = text[position] ?? '';
      if (found === wanted || (isBlank && found === '\n')) return;
      if (found === '\\' && text[position + 1] !== wanted && !isBlank) position += 1;
      position += 1;
    }
  };
  for (let index = 0; index < valueOffset; index++) {
    skipTo(index);
    position += 1;
  }
  // Past the last character there is nothing to look for: the place is right behind it.
  if (valueOffset < value.trimEnd().length) skipTo(valueOffset);
  return Math.min(position, Math.max(start, end - 1));
}
