import { sqlText } from '@burnline/core';

/** SQL: what entries of a map of panes add up to. */
export const entriesSql = (map: string, names: readonly string[]): string =>
  names.map((name) => `${map}[${sqlText(name)}]`).join(' + ');

/** SQL: the same in thousandths, with what sampled events stand for beyond themselves. */
export const thousandthsSql = (map: 'sums' | 'missing', names: readonly string[]): string =>
  `1000 * (${entriesSql(map, names)}) + ${entriesSql(`${map}_extra`, names)}`;
