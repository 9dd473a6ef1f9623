import { expect, test } from 'vitest';
import { colorProperty } from './entity-color.ts';

test('the colour belongs to the entity: it follows from the name alone', () => {
  expect(colorProperty('gpt-4o')).toBe(colorProperty('gpt-4o'));
  // Written down: a change here gives every chart that people remember other colours.
  expect(['gpt-4o', 'claude-sonnet-4', 'chat', ''].map(colorProperty)).toMatchInlineSnapshot(`
    [
      "--e6",
      "--e1",
      "--e8",
      "--e8",
    ]
  `);
});

test('every colour is one of the palette, and all of it is used', () => {
  const used = new Set(Array.from({ length: 500 }, (_, index) => colorProperty(`model-${index}`)));
  expect([...used].sort()).toEqual(Array.from({ length: 12 }, (_, index) => `--e${index}`).sort());
});

test('what is always drawn together never shares one', () => {
  expect(new Set(['p50', 'p95', 'p99'].map(colorProperty)).size).toBe(3);
  expect(colorProperty('long')).not.toBe(colorProperty('short'));
});
