import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ROOT, ownServices, readCompose } from './compose-file.ts';

/**
 * Goal: the image holds what its commands need. No Docker engine is needed: the build's own commands run in a copy of what
 * the context sends, what the last stage copies goes to an empty folder, and every command starts from there.
 * It installs everything twice, which takes minutes and 1 GB: BURNLINE_TEST_IMAGE=1 asks for it.
 */
const IS_ASKED = process.env['BURNLINE_TEST_IMAGE'] === '1';
const TIMEOUT_MS = 1_200_000;

const dockerfile = (await readFile(path.join(ROOT, 'Dockerfile'), 'utf8'))
  .replaceAll('\\\n', '')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const commands = dockerfile
  .filter((line) => line.startsWith('RUN '))
  .map((line) => line.slice('RUN '.length));
const copies = dockerfile
  .filter((line) => line.startsWith('COPY --from=build '))
  .map((line) =>
    line
      .split(' ')
      .slice(2)
      .map((place) => place.replace(/^\/burnline\//, '')),
  );

function run(command: string, cwd: string): void {
  const result = spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  expect(result.status, `${command}\n${result.stderr.slice(-3_000)}`).toBe(0);
}

it('builds on one pinned Node, and does not run as root', () => {
  const bases = dockerfile.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]);
  expect(new Set(bases).size).toBe(1);
  expect(bases[0]).toMatch(/^node:20\.\d+\.\d+-bookworm-slim$/);
  expect(dockerfile).toContain('USER node');
});

it('copies files that are here or are made by the build', async () => {
  const ignored = (await readFile(path.join(ROOT, '.dockerignore'), 'utf8')).split('\n');
  for (const [from = ''] of copies) {
    expect(ignored, from).not.toContain(from);
    expect(existsSync(path.join(ROOT, from)), from).toBe(true);
  }
});

it.skipIf(!IS_ASKED)(
  'holds what every command needs, and not the embedded engine',
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'burnline-image-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const [build, image] = [path.join(folder, 'build'), path.join(folder, 'image')];
    // What the context sends: files of the repository, without those that .dockerignore names.
    run(`git clone -q '${ROOT}' '${build}'`, folder);
    run('rm -rf .git test docs examples profiles', build);
    for (const command of commands) run(command, build);
    for (const places of copies) {
      const to = places.at(-1)!;
      for (const from of places.slice(0, -1)) {
        const target = to === './' ? path.join(image, path.basename(from)) : path.join(image, to);
        await cp(path.join(build, from), target, { recursive: true, verbatimSymlinks: true });
      }
    }
    expect(existsSync(path.join(image, 'node_modules/chdb'))).toBe(false);
    expect(existsSync(path.join(image, 'node_modules/vitest'))).toBe(false);
    await rm(build, { recursive: true });
    for (const [name, service] of ownServices(await readCompose())) {
      const args = service.command!.slice(1);
      const result = spawnSync(process.execPath, args, { cwd: image, encoding: 'utf8', env: {} });
      // Every module is loaded before the configuration is read, and nothing is configured.
      expect(result.stderr, name).toContain('CONFIG_INVALID');
      expect(result.status, name).toBe(2);
    }
  },
  TIMEOUT_MS,
);
