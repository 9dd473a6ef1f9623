import { expect, it } from 'vitest';
import { flagOf, numberOf } from './scalars.ts';

it.each([
  [12, 12],
  ['100', 100],
  ['-0.5', -0.5],
  ['.5', 0.5],
  ['5.', 5],
  ['1e-7', 1e-7],
  ['', null],
  ['12x', null],
  ['0x10', null],
  ['Infinity', null],
  [true, null],
] as const)('%j is the number %j', (value, number) => {
  expect(numberOf(value)).toBe(number);
});

it('a megabyte of digits is no number, and is not looked through for one', () => {
  expect(numberOf(`${'1'.repeat(1024 * 1024)}x`)).toBeNull();
  expect(flagOf('t'.repeat(1024 * 1024))).toBeNull();
});

it.each([
  [true, true],
  ['True', true],
  ['false', false],
  [1, null],
  ['yes', null],
] as const)('%j is the flag %j', (value, flag) => {
  expect(flagOf(value)).toBe(flag);
});
