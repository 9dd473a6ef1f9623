import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isSkipped, startChromium } from './support/chromium.ts';
import { soon, WatchedPage } from './support/watched-page.ts';
import { startWatchedUp, type WatchedUp } from './support/watched-up.ts';

/** Goal: two arms stand side by side as the rows have them, and whoever sees something new is led to how it did. */
vi.setConfig({ testTimeout: 240_000 });

const isAway = isSkipped();
let up: WatchedUp;
let browser: Browser;
let seriesHref: string;

beforeAll(async () => {
  if (isAway) return;
  browser = await startChromium();
  up = await startWatchedUp();
  const answer = await fetch(new URL('api/v1/alerts?state=open&slo=chat-availability', up.console));
  const { alerts } = (await answer.json()) as { alerts: readonly { slo: string; series: string }[] };
  seriesHref = `/slo?series=${alerts[0]!.series}&slo=${alerts[0]!.slo}`;
}, 240_000);
afterAll(async () => {
  if (isAway) return;
  await browser.close();
  await up.close();
});

async function withPage(address: string, use: (watched: WatchedPage) => Promise<void>): Promise<void> {
  const watched = await WatchedPage.open(browser, up.console);
  try {
    await watched.goto(address);
    await use(watched);
    expect(await watched.mistakes('compared')).toEqual([]);
  } finally {
    await watched.close();
  }
}

describe.skipIf(isAway)('the page of two arms', () => {
  test('both arms by every SLO as the rows have them, and the answer is that of `/compare`', async () => {
    const figures = await up.sql<{ model: string; bad: number; total: number; slow: number; ok: number }>(
      `SELECT model_requested AS model, countIf(status != 'ok') AS bad, count() AS total, countIf(ttft_ms > 800) AS slow,
              countIf(status = 'ok') AS ok FROM inferences WHERE stream = 'live' AND service = 'chat' GROUP BY model`,
    );
    const of = (name: string): (typeof figures)[number] => figures.find(({ model }) => model === name)!;
    // Nothing is named but what differs: what came last is held against the busiest other.
    await withPage('/compare?service=chat&by=model_requested', async (watched) => {
      const { page } = watched;
      await page.getByLabel('Baseline: what runs').selectOption('claude-sonnet-4');
      await page.getByLabel('Candidate: what may replace it').selectOption('gpt-4o');
      await soon(() => page.url()).toMatch(/baseline=claude-sonnet-4.*candidate=gpt-4o/);
      await watched.settled();
      const table = page.getByRole('table', { name: 'SLOs by both arms' });
      const rowOf = (slo: string): Promise<string> =>
        table.locator('tbody tr').filter({ hasText: slo }).innerText();
      await soon(() => rowOf('chat-availability')).toContain(`${of('gpt-4o').bad} of ${of('gpt-4o').total}`);
      expect(await rowOf('chat-availability')).toContain(`0 of ${of('claude-sonnet-4').total}`);
      const ttft = await rowOf('chat-ttft');
      for (const { slow, ok } of [of('gpt-4o'), of('claude-sonnet-4')])
        expect(ttft).toContain(`${slow} of ${ok}`);
      const asked = new URL(page.url()).searchParams;
      const query = 'service=chat&by=model_requested&baseline=claude-sonnet-4&candidate=gpt-4o&margin=0.02';
      expect(asked.get('by')).toBe('model_requested');
      const from = Date.now() - 604_800_000;
      const answer = await fetch(new URL(`api/v1/compare?${query}&from=${from}`, up.console));
      const { conclusion, slos } = (await answer.json()) as {
        conclusion: { text: string };
        slos: { slo: string; word: string }[];
      };
      expect(await page.getByRole('region', { name: 'Conclusion' }).innerText()).toContain(conclusion.text);
      for (const { slo, word } of slos) expect(await rowOf(slo)).toContain(word);
      expect(await page.getByLabel('The command that says the same').innerText()).toContain(
        'burnline compare claude-sonnet-4 gpt-4o --by model_requested --service chat --from ',
      );
    });
  });

  test('what is new on the charts leads to how it did against what was before', async () => {
    await withPage(seriesHref, async (watched) => {
      const { page } = watched;
      await page.getByRole('link', { name: /^Compare with what was before ?: new model served/ }).click();
      await watched.settled();
      expect(await page.getByLabel('Candidate: what may replace it').inputValue()).toBe('gpt-4o-2024-11-20');
      expect(await page.getByLabel('Baseline: what runs').inputValue()).not.toBe('gpt-4o-2024-11-20');
      expect(await page.getByRole('region', { name: 'Conclusion' }).innerText()).toContain(
        'fewer than 100 events',
      );
    });
  });
});
