import { readFileSync } from 'node:fs';
import { PROVIDER_HOST, WITHHELD } from '@burnline/core';
import { expect, it } from 'vitest';

/** Goal: the Python publisher, which has no code of ours beside it, reads refusals by the words that all other ways in go by. */
const PYTHON = readFileSync(
  new URL('../../packages/publisher-python/src/burnline/refusal_words.py', import.meta.url),
  'utf8',
);
/** The text of a value, whose pieces are put one after the other. */
const textOf = (name: string): string => {
  const [, after = ''] = PYTHON.split(`\n${name} = `);
  const [value = ''] = after.split(/\n\n|\n#/);
  return [...value.matchAll(/"([^"]*)"/g)].map(([, piece]) => piece).join('');
};
const wordsBy = (refuser: string): readonly string[] =>
  [...WITHHELD].flatMap(([word, by]) => (by === refuser && /^[a-z_]+$/.test(word) ? [word] : []));

it.each([
  ['_FILTERS', 'provider'],
  ['_GUARDRAILS', 'guardrail'],
])('%s are the finish reasons of a %s', (name, refuser) => {
  expect(textOf(name).split(' ')).toEqual(wordsBy(refuser));
});

it('the addresses of providers are the same', () => {
  expect(textOf('PROVIDER_HOST')).toBe(PROVIDER_HOST.source);
});
