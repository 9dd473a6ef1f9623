import { isKept, sampleNumberOf } from '@burnline/core';
import { expect, it } from 'vitest';

/**
 * Numbers of keys, which the Python publisher's tests hold theirs against. After a change: `npx vitest run --config
 * .config/vitest.config.js --project units test/golden/python-sampling.test.ts -u`.
 */
const FILE = new URL('../../packages/publisher-python/tests/sample_numbers.json', import.meta.url).pathname;

const KEYS = [
  ...['', 'a', 'request-1', 'request-2', 'größer', '\u{1f600}', 'chatcmpl-AbC123', 'x'.repeat(512)],
  ...Array.from({ length: 24 }, (_, index) => `5b8efff7-98d3-4f2f-8103-d269b6338${String(100 + index)}`),
];

it('which keys are kept, as the Python publisher has to see it', async () => {
  const cases = KEYS.map((key) => ({
    ...{ key, number: sampleNumberOf(key) },
    keptOneIn: [1, 2, 3, 10, 1_000_000].filter((oneIn) => isKept(key, oneIn, 'publisher')),
  }));
  await expect(`[\n${cases.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`).toMatchFileSnapshot(FILE);
});
