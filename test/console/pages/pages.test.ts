import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isSkipped, startChromium } from './support/chromium.ts';
import { startPrefixProxy } from './support/prefix-proxy.ts';
import { soon, WatchedPage } from './support/watched-page.ts';
import { startWatchedUp, type WatchedUp } from './support/watched-up.ts';

/**
 * Goal: every page of the console, in a real browser on a real `burnline up`, shows what the database says, asks nobody else for
 * anything, breaks no rule of its own security policy, and keeps nobody out (axe), light, dark and 400 px wide.
 */
interface OpenAlert {
  readonly id: string;
  readonly slo: string;
  readonly series: string;
  readonly deliveries: readonly { readonly outcome: string }[];
}

vi.setConfig({ testTimeout: 300_000 });

const isAway = isSkipped();
let up: WatchedUp;
let browser: Browser;
/** Of the alert that pages, and of the series it is on, as links on the pages name them. */
let alertHref: string;
let seriesHref: string;

beforeAll(async () => {
  if (isAway) return;
  browser = await startChromium();
  up = await startWatchedUp();
  const answer = await fetch(new URL('api/v1/alerts?state=open', up.console));
  const { alerts } = (await answer.json()) as { alerts: readonly OpenAlert[] };
  const first = alerts.find(({ deliveries }) => deliveries.some(({ outcome }) => outcome === 'delivered'));
  alertHref = `/alert?id=${first!.id}`;
  seriesHref = `/slo?series=${first!.series}&slo=${first!.slo}`;
}, 240_000);
afterAll(async () => {
  if (isAway) return;
  await browser.close();
  await up.close();
});

/** Texts of one column of a table, from top to bottom. */
async function column(page: Page, table: RegExp, index: number): Promise<readonly string[]> {
  const cells = page.getByRole('table', { name: table }).locator(`tbody tr > td:nth-child(${index})`);
  return cells.allInnerTexts();
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

async function withPage(address: string, use: (watched: WatchedPage) => Promise<void>): Promise<void> {
  const watched = await WatchedPage.open(browser, up.console);
  try {
    await watched.goto(address);
    await use(watched);
  } finally {
    await watched.close();
  }
}

describe.skipIf(isAway)('the pages', () => {
  const ADDRESSES: readonly (readonly [name: string, address: () => string])[] = [
    ['overview', () => '/'],
    ['groups', () => '/?group=service&open=chat'],
    ['series', () => seriesHref],
    ['slo', () => '/slo?slo=chat-availability'],
    ['alerts', () => '/alerts'],
    ['history of alerts', () => '/alerts?view=history'],
    ['alert', () => alertHref],
    ['silence', () => '/silence?slo=chat-availability'],
    ['events', () => '/events?last=3600000'],
    ['event', () => `/event?id=${up.events.at(-1)!.event_id}`],
    ['fleet', () => '/fleet'],
    ['cost', () => '/cost?by=model'],
    ['quality', () => '/quality'],
    ['compare', () => '/compare?by=model_requested&baseline=claude-sonnet-4&candidate=gpt-4o&service=chat'],
    ['specs', () => '/specs'],
    ['pipeline', () => '/pipeline'],
    ['summary', () => '/summary'],
    ['nothing', () => '/no-such-page'],
  ];

  for (const look of ['light', 'dark', 'narrow'] as const)
    test(`keep every rule, ${look}`, async () => {
      const watched = await WatchedPage.open(browser, up.console, look);
      const mistakes: string[] = [];
      for (const [name, address] of ADDRESSES) {
        await watched.goto(address());
        mistakes.push(...(await watched.mistakes(name)));
      }
      await watched.close();
      expect(mistakes).toEqual([]);
    });

  test('keep every rule behind a path that a proxy takes away, and link within it', async () => {
    const proxy = await startPrefixProxy(up.console, '/tools/slo');
    const watched = await WatchedPage.open(browser, proxy.url);
    try {
      const mistakes: string[] = [];
      for (const [name, address] of ADDRESSES) {
        await watched.goto(address());
        mistakes.push(...(await watched.mistakes(`prefixed ${name}`)));
        const links = await watched.page.evaluate<string[]>(
          `[...document.querySelectorAll('a[href]')].map((one) => one.href)`,
        );
        const { origin } = new URL(proxy.url);
        const outside = links.filter((link) => link.startsWith(origin) && !link.startsWith(proxy.url));
        expect(outside, name).toEqual([]);
      }
      expect(mistakes).toEqual([]);
      await watched.goto('/');
      await watched.page.getByRole('link', { name: 'Fleet' }).first().click();
      await soon(() => watched.page.url()).toBe(`${proxy.url}fleet`);
    } finally {
      await watched.close();
      await proxy.close();
    }
  });

  test('say of when their figures are, and how complete the data is', async () => {
    for (const [name, address] of ADDRESSES.filter(([one]) => one !== 'nothing'))
      await withPage(address(), async ({ page }) => {
        const stamp = page.locator('.stamp');
        expect(await stamp.innerText(), name).toMatch(
          /as of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC[^]*coverage 100 %/,
        );
      });
  });

  test('overview: what burns first, the figures of the database, and an SLO that measures nothing', async () => {
    const rows = await up.sql<{ slo: string; label: string; good: number; total: number }>(
      `SELECT slo, arrayElement(mapValues(labels), 1) AS label, good, total FROM slo_status WHERE stream = 'live'`,
    );
    await withPage('/', async ({ page }) => {
      const table = page.getByRole('table', { name: /SLOs/ });
      const first = table.locator('tbody tr').first();
      expect(await first.innerText()).toMatch(/chat-availability[^]*gpt-4o[^]*SEV-1/);
      for (const { slo, label, good, total } of rows) {
        const row = table.locator('tbody tr').filter({ hasText: slo }).filter({ hasText: label });
        await soon(() => row.first().innerText()).toContain(
          `${good.toLocaleString('en-US')} / ${total.toLocaleString('en-US')}`,
        );
      }
      expect(await table.locator('tbody tr').filter({ hasText: 'measures nothing' }).innerText()).toContain(
        'archive-availability',
      );
      expect(
        await page
          .locator('.counts')
          .getByRole('button', { name: /measures nothing/ })
          .innerText(),
      ).toMatch(/^1\n/);
    });
  });

  test('overview: counts, search and groups are in the address, and work by the keyboard', async () => {
    await withPage('/', async (watched) => {
      const { page } = watched;
      await page
        .locator('.counts')
        .getByRole('button', { name: /measures nothing/ })
        .focus();
      await page.keyboard.press('Enter');
      await soon(() => page.url()).toContain('state=measures_nothing');
      await soon(async () => (await column(page, /SLOs/, 1)).map(firstLine)).toEqual([
        'archive-availability',
      ]);
      await page.getByRole('button', { name: 'Clear' }).click();
      await page.getByRole('searchbox', { name: 'Search SLOs' }).fill('ttft');
      await soon(() => page.url()).toContain('search=ttft');
      await soon(async () => (await column(page, /SLOs/, 1)).map(firstLine)).toEqual([
        'chat-ttft',
        'chat-ttft',
      ]);
      await page.reload();
      await watched.settled();
      expect(await page.getByRole('searchbox', { name: 'Search SLOs' }).inputValue()).toBe('ttft');
      await page.getByRole('combobox', { name: 'Group by' }).selectOption('service');
      const group = page.getByRole('button', { name: /^chat/ });
      expect(await group.getAttribute('aria-expanded')).toBe('false');
      await group.click();
      await soon(async () => (await column(page, /SLOs of service chat/, 1)).length).toBe(2);
      expect(page.url()).toContain('open=chat');
    });
  });

  test('from the page to the cause in five clicks', async () => {
    await withPage(alertHref, async (watched) => {
      const { page } = watched;
      expect(await page.locator('h1').innerText()).toBe('chat-availability burns');
      expect(await column(page, /Who was told/, 3)).toContain('delivered');
      expect(await page.locator('.timeline').innerText()).toMatch(/first bad event[^]*fired/);
      await page.getByRole('link', { name: /See it on the charts/ }).click();
      await watched.settled();
      await page.getByRole('button', { name: 'bad', exact: true }).click();
      await page.getByRole('table', { name: 'Events counted as bad' }).getByRole('link').first().click();
      await watched.settled();
      expect(await page.getByRole('table', { name: 'SLOs that counted it' }).innerText()).toMatch(
        /chat-availability[^]*bad/,
      );
      await page.getByRole('link', { name: 'gpt-4o-2024-11-20' }).first().click();
      await watched.settled();
      await soon(() => column(page, /^Events/, 2)).toContainEqual(expect.stringContaining('server_error'));
    });
  });

  test('fleet, cost and quality are sums of what was sent', async () => {
    const [ask] = await up.sql<{ requests: number; cost: number }>(
      `SELECT count() AS requests, sum(cost_nano_usd) AS cost FROM inferences WHERE stream = 'live' AND model_requested = 'claude-sonnet-4'`,
    );
    await withPage('/fleet', async ({ page }) => {
      const row = page
        .getByRole('table', { name: 'Models' })
        .locator('tr')
        .filter({ hasText: 'claude-sonnet-4' });
      expect(await row.innerText()).toContain(ask!.requests.toLocaleString('en-US'));
    });
    await withPage('/cost?by=model', async ({ page }) => {
      const row = page
        .getByRole('table', { name: 'Spend by model' })
        .locator('tr')
        .filter({ hasText: 'claude-sonnet-4' });
      expect(await row.innerText()).toContain(`$${(ask!.cost / 1e9).toFixed(2)}`);
    });
    const [judged] = await up.sql<{ passed: number; total: number }>(
      `SELECT countIf(passed) AS passed, count() AS total FROM verdicts WHERE stream = 'live' AND evaluator_version = '2.0'`,
    );
    await withPage('/quality', async ({ page }) => {
      const row = page.getByRole('table', { name: 'Evaluators' }).locator('tr').filter({ hasText: '2.0' });
      expect(await row.innerText()).toContain(`${judged!.passed} of ${judged!.total}`);
    });
  });

  test('cost: what the month comes to, and how tenants stand', async () => {
    const [month] = await up.sql<{ cost: number }>(
      `SELECT sum(cost_nano_usd) AS cost FROM inferences WHERE stream = 'live' AND occurred_at >= toStartOfMonth(now('UTC'))`,
    );
    const tenants = await up.sql<{ tenant: string; cost: number }>(
      `SELECT tenant, sum(cost_nano_usd) AS cost FROM inferences WHERE stream = 'live' AND status = 'ok' AND service = 'chat'
       GROUP BY tenant, toDate(occurred_at)`,
    );
    await withPage('/cost', async ({ page }) => {
      const tiles = page.getByRole('region', { name: 'This month' });
      expect(await tiles.innerText()).toContain(`$${(month!.cost / 1e9).toFixed(2)}`);
      expect(await tiles.innerText()).toMatch(/Every hour until the month ends \(UTC\) costs/);
      expect(await page.getByRole('region', { name: 'What is unusual' }).innerText()).toMatch(
        /3 whole days before the last one[^]*there are 0/,
      );
      expect(await page.getByRole('table', { name: 'Envelopes' }).innerText()).toContain('tenant-spend');
      const table = page.getByRole('table', { name: 'Entities of tenant-spend' });
      const consumed = (await column(page, /Entities of tenant-spend/, 2)).map(String).sort();
      expect(consumed).toEqual(tenants.map(({ cost }) => `$${(cost / 1e9).toFixed(2)}`).sort());
      expect(await table.innerText()).toContain('within');
    });
  });

  test('quality: what drift SLOs measure, against their bounds', async () => {
    await withPage('/quality', async ({ page }) => {
      const table = page.getByRole('table', { name: 'Drift of input_tokens in input-drift' });
      await soon(() => table.locator('tbody tr').count()).toBe(2);
      const answer = await fetch(new URL('api/v1/slos/input-drift/drift', up.console));
      const { series } = (await answer.json()) as { series: { points: { figure: number }[] }[] };
      const told = series.map(({ points }) => points.at(-1)!.figure).sort((x, y) => x - y);
      // Rounded to three places; by the time of day next to nothing has moved, and is written as 4.2e-4.
      const shown = (await column(page, /^Drift of input_tokens/, 2)).map(Number).sort((x, y) => x - y);
      expect(shown).toHaveLength(2);
      for (const [index, figure] of shown.entries())
        expect(Math.abs(figure - told[index]!)).toBeLessThan(0.00051);
      expect(new Set(await column(page, /^Drift of input_tokens/, 3))).toEqual(new Set(['< 0.2']));
    });
  });

  test('an alert is silenced by a key, and by nobody without one', async () => {
    await withPage(alertHref, async (watched) => {
      const { page } = watched;
      await page.getByRole('link', { name: 'Silence', exact: true }).click();
      await watched.settled();
      await soon(() => page.getByRole('table', { name: /Open alerts/ }).innerText()).toContain('gpt-4o');
      expect(await page.getByRole('table', { name: /^Series/ }).innerText()).not.toContain('claude-sonnet-4');
      await page.getByRole('textbox', { name: /^Reason/ }).fill("ann's on it");
      expect(await page.getByLabel('The command that does the same').innerText()).toContain(
        `burnline silence add --slo chat-availability --label model_requested=gpt-4o --for 1h --reason 'ann'\\''s on it'`,
      );
      const key = page.getByLabel(/^Your key/);
      await key.fill(`bwk_${'0'.repeat(43)}`);
      await page.getByRole('button', { name: 'Silence for 1 hour' }).click();
      await soon(() => page.getByRole('alert').innerText()).toContain('not one that this console knows');
      await key.fill(up.writeKey);
      await page.getByRole('button', { name: 'Silence for 1 hour' }).click();
      await soon(() => page.locator('.notice').allInnerTexts()).toContainEqual(
        expect.stringMatching(/is in force until .* by ann/),
      );
    });
    const rows = await up.sql<object>(
      `SELECT action, author, reason, slos, labels, dateDiff('second', starts_at, expires_at) AS length_s FROM silences`,
    );
    expect(rows).toEqual([
      {
        ...{ action: 'add', author: 'ann', reason: "ann's on it", slos: ['chat-availability'] },
        ...{ labels: { model_requested: 'gpt-4o' }, length_s: 3_600 },
      },
    ]);
  });

  test('events are found by any field', async () => {
    const wanted = up.events.filter((event) => event.status === 'error' && event['tenant'] === 'acme').length;
    await withPage('/events', async ({ page }) => {
      for (const [field, value] of [
        ['status', 'error'],
        ['tenant', 'acme'],
      ] as const) {
        await page.getByRole('combobox', { name: 'Field' }).selectOption(field);
        await page.getByRole('textbox', { name: `Value of ${field}` }).fill(value);
        await page.getByRole('button', { name: 'Filter', exact: true }).click();
        await soon(() => decodeURIComponent(page.url())).toContain(`${field}=${value}`);
      }
      await soon(async () => (await column(page, /^Events/, 2)).length).toBe(wanted);
      expect(new Set((await column(page, /^Events/, 2)).map(firstLine))).toEqual(new Set(['error']));
    });
  });

  test('specs are checked in place, every mistake with its line', async () => {
    await withPage('/specs', async ({ page }) => {
      await page.getByRole('button', { name: /^Start with/ }).click();
      const text = page.getByRole('textbox', { name: /^Document/ });
      const right = await text.inputValue();
      await page.getByRole('button', { name: 'Check', exact: true }).click();
      await soon(() => page.locator('.notice').allInnerTexts()).toContainEqual(
        expect.stringMatching(/^Valid: 7 SLOs/),
      );
      await text.fill(right.replace("status == 'ok'", "statuz == 'ok'"));
      await page.getByRole('button', { name: 'Check', exact: true }).click();
      const mistakes = page.getByRole('table', { name: 'Mistakes' });
      await soon(() => mistakes.innerText()).toMatch(/line \d+[^]*statuz/);
    });
  });

  test('specs are tried on the history before they are saved', async () => {
    await withPage('/specs', async ({ page }) => {
      await page.getByRole('button', { name: /^Start with/ }).click();
      await page.getByRole('button', { name: 'Preview over history' }).click();
      // Its time is bounded, and the machine may be busy.
      const again = page.getByRole('button', { name: 'Ask again' });
      const found = async (): Promise<readonly string[]> => {
        if (await again.isVisible()) await again.click();
        return page.locator('.notice').allInnerTexts();
      };
      await expect
        .poll(found, { timeout: 280_000, interval: 1_000 })
        .toContainEqual(expect.stringMatching(/it would have fired \d+ alerts?/));
      const tiers = page.getByRole('table', { name: 'What each tier would have done' });
      expect(await tiers.innerText()).toContain('chat-availability');
      // The outage that paged would have paged.
      const alerts = page.getByRole('table', { name: 'Alerts that it would have fired' });
      expect(await alerts.innerText()).toMatch(/chat-availability[^]*gpt-4o/);
    });
  });

  test('a page changes by itself when the database does', async () => {
    await withPage('/alerts', async ({ page }) => {
      await soon(() => page.locator('.rail-foot').innerText()).toContain('live');
      const before = await page.locator('.stamp time').innerText();
      await soon(() => page.locator('.stamp time').innerText()).not.toBe(before);
    });
  });
});
