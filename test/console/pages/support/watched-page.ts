import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';

/** As text: it runs in the page, and its types speak of a page's. */
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** Where pictures of the last run are: to look at. */
const PICTURES = path.join(tmpdir(), 'burnline-console-pictures');

/** The machine may be busy: what is waited for is that it happens. */
const SOON_MS = 45_000;

const LOOKS = {
  light: { viewport: { width: 1380, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1380, height: 900 }, colorScheme: 'dark' },
  narrow: { viewport: { width: 400, height: 850 }, colorScheme: 'light' },
} as const;
export type Look = keyof typeof LOOKS;

/** Expects what comes to be true soon: pages ask, and the machine may be busy. */
export const soon = <Value>(value: () => Value | Promise<Value>): ReturnType<typeof expect.poll<Value>> =>
  expect.poll(value, { timeout: SOON_MS });

/** A page of the console with everything that it does wrong: errors on its console, requests to others, refusals of its policy. */
export class WatchedPage {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #console: string;
  readonly #look: Look;
  readonly #wrong: string[] = [];

  private constructor(
    context: BrowserContext,
    page: Page,
    of: { readonly console: string; readonly look: Look },
  ) {
    this.#context = context;
    this.#console = of.console;
    this.#look = of.look;
    this.page = page;
    const host = new URL(of.console).host;
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.#wrong.push(message.text());
    });
    page.on('pageerror', (error) => this.#wrong.push(error.message));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol !== 'data:' && url.host !== host) this.#wrong.push(`asked ${request.url()}`);
    });
  }

  static async open(browser: Browser, console: string, look: Look = 'light'): Promise<WatchedPage> {
    const context = await browser.newContext({ ...LOOKS[look], locale: 'en-GB', timezoneId: 'UTC' });
    return new WatchedPage(context, await context.newPage(), { console, look });
  }

  /** Goes to an address under the console's root, and waits until nothing on it is still on its way. */
  async goto(address: string): Promise<void> {
    await this.page.goto(new URL(address.replace(/^\//, ''), this.#console).href);
    await this.settled();
  }

  async settled(): Promise<void> {
    await this.page.locator('h1').first().waitFor();
    const pending = this.page.locator('.skeleton, [aria-busy="true"]').first();
    await pending.waitFor({ state: 'detached', timeout: SOON_MS });
  }

  /** What was wrong so far, what keeps somebody out (axe), and whether it is wider than the window. Keeps a picture. */
  async mistakes(name: string): Promise<readonly string[]> {
    await this.page.evaluate(await readFile(AXE, 'utf8'));
    const found = await this.page.evaluate<AxeResults>(`axe.run(document, { resultTypes: ['violations'] })`);
    const violations = found.violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join('; ')}`,
    );
    const overflow = await this.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    await mkdir(PICTURES, { recursive: true });
    // Hiding the caret would put a style into the page, which its policy refuses.
    await this.page.screenshot({ path: path.join(PICTURES, `${name}-${this.#look}.png`), caret: 'initial' });
    const wide = overflow > 0 ? [`${overflow} px wider than the window`] : [];
    return [...violations, ...this.#wrong.splice(0), ...wide].map((what) => `${name}: ${what}`);
  }

  close(): Promise<void> {
    return this.#context.close();
  }
}
