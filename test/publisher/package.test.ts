import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;

/** What a service elsewhere installs. */
const PACKAGES = ['core', 'contracts', 'publisher'] as const;

it.each(PACKAGES)('the package %s holds what it exports and reads, and no test', (name) => {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--silent', '-w', `@burnline/${name}`], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const answer = JSON.parse(output) as readonly { readonly files: readonly { readonly path: string }[] }[];
  const files = Object.values(answer)[0]!.files.map((file) => file.path);
  const folder = path.join(ROOT, 'packages', name);
  const { exports } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    readonly exports: { readonly '.': Readonly<Record<string, string>> };
  };
  for (const target of Object.values(exports['.'])) expect(files).toContain(path.normalize(target));
  expect(files.filter((file) => /\.test\.|^src\/|\.tsbuildinfo|scripted/.test(file))).toEqual([]);
  // Files that the code reads at run time.
  if (existsSync(path.join(folder, 'schemas')))
    expect(files.some((file) => file.startsWith('schemas/') && file.endsWith('.avsc'))).toBe(true);
});
