import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isSkipped, startChromium } from './support/chromium.ts';
import { OUTAGE_MS, MINUTE_MS } from './support/recorded-traffic.ts';
import { soon, WatchedPage } from './support/watched-page.ts';
import { startWatchedUp, type WatchedUp } from './support/watched-up.ts';

/**
 * Goal: the page of one series answers what burns, since when and which events; its charts show what the database counts, under one
 * crosshair, and what is dragged over becomes the stretch that everything on the page speaks of.
 */
interface Status {
  readonly remaining: number;
  readonly sli: number;
  readonly good: number;
  readonly total: number;
}

vi.setConfig({ testTimeout: 240_000 });

const isAway = isSkipped();
const HEIGHTS = /^(Budget left|Traffic|SLI|Burn, tier)/;
let up: WatchedUp;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
let address: string;

beforeAll(async () => {
  if (isAway) return;
  browser = await startChromium();
  up = await startWatchedUp();
  const [row] = await overviewRows('chat-availability', 'gpt-4o');
  address = `/slo?slo=chat-availability&series=${row!.series}`;
  watched = await WatchedPage.open(browser, up.console);
  ({ page } = watched);
  await watched.goto(address);
}, 240_000);
afterAll(async () => {
  if (isAway) return;
  await watched.close();
  await browser.close();
  await up.close();
});

async function overviewRows(slo: string, label: string): Promise<readonly { readonly series: string }[]> {
  const answer = await fetch(new URL(`api/v1/overview?slo=${slo}&search=${label}`, up.console));
  const { rows } = (await answer.json()) as { rows: { series: string; labels: Record<string, string> }[] };
  return rows.filter(({ labels }) => Object.values(labels).includes(label));
}

const chart = (name: RegExp): Locator => page.getByRole('figure', { name }).first();

/** A chart's numbers, as its table has them: times and values, the latest first. */
async function twin(name: RegExp): Promise<readonly (readonly string[])[]> {
  const figure = chart(name);
  const details = figure.locator('details');
  if ((await details.getAttribute('open')) === null) await figure.locator('summary').click();
  await figure.locator('tbody tr').first().waitFor();
  const rows = await figure.locator('tbody tr:not(.spacer)').all();
  return Promise.all(rows.map((row) => row.locator('td').allInnerTexts()));
}

/** An edge of the stretch that is shown, epoch ms. */
async function edge(label: string): Promise<number> {
  return Date.parse(`${await page.getByLabel(label).inputValue()}Z`);
}

describe.skipIf(isAway)('the page of one series', () => {
  test('tiles say what the database says, in the digits of `burnline status`', async () => {
    const read = async (): Promise<Status> => {
      const [row] = await up.sql<Status>(
        `SELECT remaining_ratio AS remaining, sli, good, total FROM slo_status
         WHERE slo = 'chat-availability' AND labels['model_requested'] = 'gpt-4o'`,
      );
      return row!;
    };
    const tiles = page.locator('.tiles');
    await soon(() => tiles.innerText()).toContain('firing');
    const { good, total, sli, remaining } = await read();
    await soon(() => tiles.innerText()).toContain(`${good} good of ${total}`);
    await soon(() => tiles.innerText()).toContain(`${(sli * 100).toFixed(2)} %`);
    await soon(() => tiles.innerText()).toContain(`${(remaining * 100).toFixed(1)} %`);
    expect(await page.getByRole('link', { name: 'Runbook', exact: true }).getAttribute('href')).toBe(
      'https://runbooks.example/chat',
    );
  });

  test('burn rates are said in the four words, with both numbers', async () => {
    const table = page.getByRole('table', { name: 'Burn rates by tier' });
    expect(await table.locator('tbody tr').count()).toBe(4);
    const words =
      /critical\s+both windows burn|recovering\s+the long window burns|increasing\s+the short window burns|acceptable\s+neither/;
    for (const text of await table.locator('tbody tr').allInnerTexts()) {
      expect(text).toMatch(words);
      expect(text.match(/\d+ bad of \d+/g)).toHaveLength(2);
    }
    expect(await table.innerText()).toMatch(/critical|recovering/);
    expect(await page.locator('body').innerText()).not.toContain('NaN');
  });

  test('every canvas is an image with a name, and has its numbers in a table', async () => {
    const plots = page.locator('.plot');
    expect(await plots.count()).toBeGreaterThanOrEqual(7);
    for (const plot of await plots.all()) {
      expect(await plot.getAttribute('role')).toBe('img');
      expect((await plot.getAttribute('aria-label'))?.length).toBeGreaterThan(30);
    }
    expect(await page.locator('details.twin').count()).toBe(await plots.count());
  });

  test('traffic is what the rows add up to, bucket by bucket', async () => {
    await page.getByRole('button', { name: '6 h', exact: true }).click();
    await watched.settled();
    await soon(() => page.url()).toContain('last=21600000');
    const minutes = await up.sql<{ minute: string; total: number; bad: number }>(
      `SELECT formatDateTime(occurred_at, '%H:%i', 'UTC') AS minute, count() AS total, countIf(status != 'ok') AS bad
       FROM inferences WHERE stream = 'live' AND service = 'chat' AND model_requested = 'gpt-4o'
         AND occurred_at >= now() - INTERVAL 1 DAY GROUP BY minute`,
    );
    const counted = new Map(minutes.map(({ minute, total, bad }) => [minute, [String(total), String(bad)]]));
    const rows = await twin(/^Traffic/);
    expect(rows.length).toBeGreaterThan(20);
    expect(
      await chart(/^Traffic/)
        .locator('thead')
        .innerText(),
    ).toMatch(/time \(UTC\)\s+counted\s+bad/);
    // One minute each; the first of them may be open still.
    for (const [time = '', ...figures] of rows.slice(1)) {
      const [, minute = ''] = /(\d\d:\d\d) - /.exec(time) ?? [];
      expect(figures, time).toEqual(counted.get(minute));
    }
  });

  test('presets are never longer than the window of 7 days', async () => {
    const texts = await page
      .getByRole('group', { name: 'Stretch of time' })
      .getByRole('button')
      .allInnerTexts();
    expect(texts.at(-1)).toBe('7 d');
  });

  test('one crosshair: a pointer over one chart reads all of them at the same bucket', async () => {
    await chart(/^Budget left/).scrollIntoViewIfNeeded();
    const box = (await chart(/^Budget left/)
      .locator('.u-over')
      .boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.97, box.y + box.height / 2);
    const whens = page.getByRole('figure', { name: HEIGHTS }).locator('.when');
    await soon(async () => new Set(await whens.allInnerTexts()).size).toBe(1);
    expect((await whens.first().innerText()).startsWith('last')).toBe(false);
    await page.mouse.move(2, 2);
  });

  test('a drag zooms all charts, and what differs and the bad events are those of the stretch', async () => {
    await page.getByRole('button', { name: '1 h', exact: true }).click();
    await watched.settled();
    await chart(/^Traffic/).scrollIntoViewIfNeeded();
    const box = (await chart(/^Traffic/)
      .locator('.u-over')
      .boundingBox())!;
    const [fromMs, toMs] = [await edge('From, UTC'), await edge('To, UTC')];
    const outageMs = Date.parse(up.events.at(-1)!.occurred_at) - OUTAGE_MS;
    const xOf = (atMs: number): number => box.x + (box.width * (atMs - fromMs)) / (toMs - fromMs);
    await page.mouse.move(xOf(outageMs + MINUTE_MS), box.y + 20);
    await page.mouse.down();
    await page.mouse.move(xOf(outageMs + 8 * MINUTE_MS), box.y + 20, { steps: 5 });
    await page.mouse.up();
    await soon(() => page.url()).toMatch(/from=\d+/);
    await watched.settled();
    const [, from] = /from=(\d+)/.exec(page.url()) ?? [];
    const [, to] = /to=(\d+)/.exec(page.url()) ?? [];
    expect(Number(to) - Number(from)).toBeLessThan(15 * MINUTE_MS);
    const [bad] = await up.sql<{ bad: number }>(
      `SELECT count() AS bad FROM inferences WHERE stream = 'live' AND service = 'chat' AND model_requested = 'gpt-4o'
         AND status != 'ok' AND occurred_at >= fromUnixTimestamp64Milli(${from ?? ''}) AND occurred_at < fromUnixTimestamp64Milli(${to ?? ''})`,
    );
    const events = page.getByRole('table', { name: 'Events counted as bad' });
    await soon(() => events.locator('tbody tr').count()).toBe(bad!.bad);
    const differs = page.getByRole('table', { name: 'Where the bad events came from' });
    await soon(() => differs.innerText()).toMatch(
      new RegExp(`error_type\\s+server_error\\s+${bad!.bad}\\s+${bad!.bad}`),
    );
    await page.goBack();
    await soon(() => page.url()).not.toMatch(/from=/);
  });

  test('the statement behind a chart is one that the database runs', async () => {
    await watched.goto(address);
    const buttons = page.getByRole('button', { name: /^SQL of/ });
    expect(await buttons.count()).toBeGreaterThanOrEqual(7);
    for (const button of await buttons.all()) {
      await button.click();
      const statement = await page.locator('.pop pre').innerText();
      expect((await up.sql(statement.replace(/;\s*$/, ''))).length, statement).toBeGreaterThan(0);
      await page.keyboard.press('Escape');
    }
  });

  test('nothing was refused, asked elsewhere or said to be wrong meanwhile', async () => {
    expect(await watched.mistakes('series after use')).toEqual([]);
  });
});
