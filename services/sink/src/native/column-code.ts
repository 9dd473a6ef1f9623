import { rawType, type RawColumn, type RawForm } from './raw-columns.ts';

/**
 * A column to the generated code, which knows it by numbers alone. Its variables end in `id`: `w` its words, `n` its NULLs,
 * `t` and `u` the bytes of its texts and how many are used, `c` and `x` its distinct words and their numbers, or, of a
 * column of items, the column itself (`c`) and how many items there are (`item`).
 */
export interface Place {
  readonly name: string;
  readonly form: RawForm;
  readonly isNullable: boolean;
  readonly id: string;
  /** Variable with the row that a value belongs to. */
  readonly row: string;
  /** Where the column is found. */
  readonly variable: string;
}

export function placeOf(
  { name, type }: RawColumn,
  where: { readonly id: string; readonly row: string; readonly variable: string },
): Place {
  const { form, isNullable } = rawType(type);
  return { name, form, isNullable, ...where };
}

/** Assignments that take a column's arrays; `again`, after they may have grown, without what is counted on. */
export function openCode(place: Place, moment: 'first' | 'again' = 'first'): readonly string[] {
  const { form, id, isNullable, variable } = place;
  const values = isNullable && form !== 'word' ? `${variable}.values` : variable;
  const nulls = isNullable && form !== 'word' ? [`n${id} = ${variable}.nulls.words;`] : [];
  switch (form) {
    case 'text':
      return [
        ...nulls,
        `t${id} = ${values}.bytes;`,
        ...(moment === 'first' ? [`u${id} = ${values}.used;`] : []),
      ];
    case 'word':
      return [`c${id} = ${variable}.words;`, `x${id} = ${variable}.indexes.words;`];
    case 'texts':
    case 'numbers':
    case 'verdicts':
      return [`c${id} = ${variable};`, `w${id} = c${id}.ends.words;`, `item${id} = c${id}.itemCount;`];
    case 'uuid':
    case 'boolean':
    case 'integer':
    case 'micros':
    case 'number':
      return [...nulls, `w${id} = ${values}.words;`];
  }
}

/** Statements that make what was written count, once the whole message is known to be right. */
export function closeCode({ form, id, isNullable, variable }: Place): readonly string[] {
  switch (form) {
    case 'text':
      return [`${variable}${isNullable ? '.values' : ''}.used = u${id};`];
    case 'texts':
    case 'numbers':
    case 'verdicts':
      return [`c${id}.itemCount = item${id};`];
    case 'uuid':
    case 'boolean':
    case 'integer':
    case 'micros':
    case 'number':
    case 'word':
      return [];
  }
}

/**
 * Puts a value into its row: a boolean from `byte`, an integer from `value`, a number's two words from `low` and `high`,
 * a UUID from the message at `pos`, a text of `length` bytes from `source` at `start`.
 */
export function putCode(place: Place, source = '', start = ''): string {
  const { form, id, row, isNullable } = place;
  const present = isNullable && form !== 'word' ? `n${id}[${row}] = 0; ` : '';
  switch (form) {
    case 'boolean':
      return `${present}w${id}[${row}] = byte;`;
    case 'integer':
    case 'micros':
      return `${present}w${id}[${row} * 2] = value; w${id}[${row} * 2 + 1] = Math.floor(value / 4294967296);`;
    case 'number':
      return `${present}w${id}[${row} * 2] = low; w${id}[${row} * 2 + 1] = high;`;
    case 'text':
      return `${present}u${id} = copyText(t${id}, u${id}, ${source}, ${start}, length);`;
    case 'word':
      return `x${id}[${row}] = c${id}.idOf(${source}, ${start}, length);`;
    case 'uuid':
      // ClickHouse keeps a UUID's two halves as numbers, the first half first.
      return [4, 0, 12, 8]
        .map((at, word) => `w${id}[${row} * 4 + ${word}] = view.getInt32(pos + ${at});`)
        .join(' ');
    case 'texts':
    case 'numbers':
    case 'verdicts':
      return '';
  }
}

/** What stands under a NULL does not matter, but it must stand there: zero, so that a block compresses well. */
export function putNullCode({ form, id, row }: Place): string {
  if (form === 'word') return `x${id}[${row}] = 0;`;
  if (form === 'text') return `n${id}[${row}] = 1; t${id}[u${id}] = 0; u${id} += 1;`;
  if (form === 'boolean') return `n${id}[${row}] = 1; w${id}[${row}] = 0;`;
  return `n${id}[${row}] = 1; w${id}[${row} * 2] = 0; w${id}[${row} * 2 + 1] = 0;`;
}
