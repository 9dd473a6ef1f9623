import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Logger } from '@burnline/runtime';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Prices } from './prices.ts';
import { callOf } from './testing/asked.ts';

const said: string[] = [];
const logger = {
  info: (_: object, text: string) => said.push(`info ${text}`),
  error: (_: object, text: string) => said.push(`error ${text}`),
} as unknown as Logger;
const fileOf = (input: string): string =>
  `version: v${input}\nprices:\n  - { model: gpt-4o, usdPerMillionTokens: { input: ${input}, output: 0 } }\n`;

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'burnline-prices-'));
  file = path.join(folder, 'prices.yaml');
  said.length = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('a changed file is taken over while it runs; a wrong one, and one that is gone, leave the prices as they were', async () => {
  await writeFile(file, fileOf('1'));
  const prices = (await Prices.open({ isBundled: false, file }, { logger }))!;
  const cost = () => prices.begin().additionTo(callOf());
  const request = prices.begin();
  expect(cost()).toEqual({ kind: 'cost', nanoUsd: 1_000_000, version: 'prices.yaml v1' });
  // As editors and mounts do it.
  await writeFile(`${file}.new`, fileOf('2'));
  await rename(`${file}.new`, file);
  await vi.waitFor(() => expect(cost()).toMatchObject({ nanoUsd: 2_000_000 }), { timeout: 10_000 });
  // All events of a request have one book's prices.
  expect(request.additionTo(callOf())).toMatchObject({ version: 'prices.yaml v1' });
  await writeFile(file, fileOf('free'));
  await vi.waitFor(() => expect(said).toContain('error prices stay as they were'), { timeout: 10_000 });
  expect(cost()).toMatchObject({ nanoUsd: 2_000_000 });
  await writeFile(file, fileOf('3'));
  await vi.waitFor(() => expect(cost()).toMatchObject({ nanoUsd: 3_000_000 }), { timeout: 10_000 });
  await rm(file);
  await vi.waitFor(() => expect(said.filter((text) => text.startsWith('error'))).toHaveLength(2), {
    timeout: 10_000,
  });
  expect(cost()).toMatchObject({ nanoUsd: 3_000_000 });
  prices.close();
}, 60_000);

it('does not begin with a file that is wrong, and is none where nobody knows prices', async () => {
  await writeFile(file, 'prices: 1');
  await expect(Prices.open({ isBundled: true, file }, { logger })).rejects.toMatchObject({
    code: 'COLLECTOR_PRICES_INVALID',
  });
  expect(await Prices.open({ isBundled: false }, { logger })).toBeNull();
});
