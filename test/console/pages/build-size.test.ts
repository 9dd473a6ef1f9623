import { readdir, readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const WEB = new URL('../../../services/console/dist/web/', import.meta.url);
const LIMIT_KB = 250;

test('all that a browser loads is below 250 kB, and refers to nothing but itself', async () => {
  const names = (await readdir(WEB, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const sizes = new Map<string, number>();
  for (const { parentPath, name } of names) {
    const bytes = await readFile(`${parentPath}/${name}`);
    sizes.set(name, gzipSync(bytes, { level: 9 }).length / 1_000);
  }
  expect([...sizes.keys()].filter((name) => name.endsWith('.js')).length).toBeGreaterThan(0);
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  console.log(`the console's pages: ${total.toFixed(1)} kB gzipped`);
  expect(total).toBeLessThan(LIMIT_KB);

  const page = await readFile(new URL('index.html', WEB), 'utf8');
  // What the policy refuses: scripts and styles in the page, and any host but its own.
  expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|https?:/);
  expect(page).toMatch(/<base href="\.\/"/);
});
