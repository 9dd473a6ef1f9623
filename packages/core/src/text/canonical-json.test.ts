import { expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

it('sorts keys at every depth, keeps the order of lists, and leaves out what is undefined', () => {
  const value = { b: [2, { d: null, c: 'x' }], a: { z: undefined, y: true } };
  expect(canonicalJson(value)).toBe('{"a":{"y":true},"b":[2,{"c":"x","d":null}]}');
  expect(canonicalJson({ a: { y: true }, b: [2, { c: 'x', d: null }] })).toBe(canonicalJson(value));
});

it('puts keys that are whole numbers first and by size, as ids of replayed records have been made', () => {
  expect(canonicalJson({ 500: 'error', '-1': 'odd', 20: 'ok' })).toBe('{"20":"ok","500":"error","-1":"odd"}');
});
