import { readdirSync, readFileSync } from 'node:fs';
import { formatIssues, loadSpecs, type LoadedSpecs } from '@burnline/specs';
import { expect, test } from 'vitest';

/**
 * Mistakes that people make in specs, a file each, and what they are told. The golden file is read by people: a change of a
 * message is looked at there (vitest -u writes it).
 */
const FOLDER = new URL('./bad-specs/', import.meta.url);

const names = readdirSync(FOLDER)
  .map((file) => file.replace(/\.yaml$/, ''))
  .sort();
const load = (name: string): LoadedSpecs =>
  loadSpecs([{ file: `${name}.yaml`, text: readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8') }], {
    mode: 'tolerant',
  });

function told(name: string): string {
  const { issues, warnings } = load(name);
  const texts = [formatIssues(issues, 'mistake'), formatIssues(warnings, 'warning')].filter(Boolean);
  return `## ${name.replaceAll('-', ' ')}\n\n${texts.join('\n\n')}\n`;
}

test('typical mistakes lead to what is meant', async () => {
  const all = names.map(told);
  for (const text of all) expect(text).toMatch(/^(mistake|warning) [\w-]+\.yaml:\d+:\d+[ :]/m);
  await expect(all.join('\n')).toMatchFileSnapshot('spec-mistakes.txt');
});

test('sixty of them and more keep a spec from being run, each with its place and what would be right', () => {
  const loaded = names.map((name) => ({ name, ...load(name) }));
  const refused = loaded.filter(({ issues }) => issues.length > 0);
  expect(refused.length).toBeGreaterThanOrEqual(60);
  for (const { name, issues } of refused) {
    for (const { line, column, expected, found, message } of issues) {
      expect(Math.min(line, column)).toBeGreaterThan(0);
      expect([name, expected !== '', found !== '', message.endsWith('.')]).toEqual([name, true, true, true]);
    }
  }
});
