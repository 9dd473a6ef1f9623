/** What a person waits for: pages of the console in a real Chromium. */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PLACES = [process.env.BURNLINE_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'];
const WAIT_MS = 60_000;

/** When something is first drawn, and when what the page is for is there; milliseconds from the start of the navigation. */
async function openingOf(page, url, selector) {
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForSelector(selector, { timeout: WAIT_MS });
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        // Two frames on it is drawn.
        requestAnimationFrame(() =>
          requestAnimationFrame(() =>
            resolve({
              paintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
              shownMs: performance.now(),
            }),
          ),
        );
      }),
  );
}

/** Scrolls as fast as a wheel does, and says how long each frame took. */
const scrolled = (page, seconds) =>
  page.evaluate(
    (lengthMs) =>
      new Promise((resolve) => {
        const startMs = performance.now();
        const frames = [];
        let lastMs = startMs;
        const step = (nowMs) => {
          frames.push(nowMs - lastMs);
          lastMs = nowMs;
          window.scrollBy(0, 120);
          if (nowMs - startMs < lengthMs) requestAnimationFrame(step);
          else resolve({ frames: frames.slice(1), scrolledPx: window.scrollY });
        };
        requestAnimationFrame(step);
      }),
    seconds * 1_000,
  );

/** Null where there is no Chromium. */
export async function browse({ consoleUrl, runs, scrollSeconds, chartPath }) {
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined) return null;
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const openings = [];
    let page;
    for (let run = 0; run < runs; run += 1) {
      // A context of its own has nothing kept.
      const context = await browser.newContext({ viewport: { width: 1_280, height: 800 } });
      page = await context.newPage();
      openings.push(await openingOf(page, `${consoleUrl}/`, 'table tbody tr'));
    }
    const scroll = await scrolled(page, scrollSeconds);
    const charts = [];
    for (let run = 0; run < runs; run += 1)
      charts.push(await openingOf(page, `${consoleUrl}${chartPath}`, 'canvas'));
    return { openings, scroll, charts };
  } finally {
    await browser.close();
  }
}
