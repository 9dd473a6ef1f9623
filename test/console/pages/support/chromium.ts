import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = [
  process.env['BURNLINE_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const REMEDY =
  'No Chromium is here. Install one (`apt-get install chromium`), or name its program in BURNLINE_CHROMIUM.';

const program = PLACES.find((place) => place !== undefined && existsSync(place));

/** Whether these tests may be skipped: without a browser, on a machine of one's own. Says so, loudly. */
export function isSkipped(): boolean {
  if (program !== undefined) return false;
  if (process.env['CI'] !== undefined) throw new Error(REMEDY);
  process.stderr.write(`\n*** SKIPPED: the console's pages in a browser ***\n  ${REMEDY}\n`);
  return true;
}

/** A real browser without a window. */
export function startChromium(): Promise<Browser> {
  if (program === undefined) throw new Error(REMEDY);
  // As root, which containers run as, Chromium's sandbox does not start.
  return chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
}
