import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;

/** What a service elsewhere installs. */
const PACKAGES = ['core', 'contracts', 'publisher'] as const;

/** What is published or deployed. */
const WORKSPACES = ['packages', 'services']
  .flatMap((folder) => readdirSync(path.join(ROOT, folder)).map((name) => `${folder}/${name}`))
  .filter((workspace) => workspace !== 'packages/testing')
  // What is no package of npm (the Python publisher) is not built here.
  .filter((workspace) => existsSync(path.join(ROOT, workspace, 'package.json')));

it.each(PACKAGES)(
  'the package %s holds what it exports and reads, and nothing that tests alone use',
  (name) => {
    const output = execFileSync(
      'npm',
      ['pack', '--dry-run', '--json', '--silent', '-w', `@burnline/${name}`],
      {
        cwd: ROOT,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    const answer = JSON.parse(output) as readonly { readonly files: readonly { readonly path: string }[] }[];
    const files = Object.values(answer)[0]!.files.map((file) => file.path);
    const folder = path.join(ROOT, 'packages', name);
    const { exports } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
      readonly exports: { readonly '.': Readonly<Record<string, string>> };
    };
    for (const target of Object.values(exports['.'])) expect(files).toContain(path.normalize(target));
    expect(files.filter((file) => /\.test\.|testing\/|^src\/|\.tsbuildinfo/.test(file))).toEqual([]);
    const code = files.filter((file) => file.endsWith('.js'));
    expect(code.filter((file) => isForTests(readFileSync(path.join(folder, file), 'utf8')))).toEqual([]);
    // Files that the code reads at run time.
    if (existsSync(path.join(folder, 'schemas')))
      expect(files.some((file) => file.startsWith('schemas/') && file.endsWith('.avsc'))).toBe(true);
  },
);

it.each(WORKSPACES)('the build of %s holds no test and no generator of tests', (workspace) => {
  const dist = path.join(ROOT, workspace, 'dist');
  const code = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  );
  expect(code.length).toBeGreaterThan(0);
  // After files have moved, what was built before is still there: remove dist and build again.
  const odd = code.filter(
    (file) => /\.test\.|testing\//.test(file) || isForTests(readFileSync(path.join(dist, file), 'utf8')),
  );
  expect(odd).toEqual([]);
});

function isForTests(code: string): boolean {
  return /from '(?:vitest|fast-check|@burnline\/testing)'/.test(code);
}
