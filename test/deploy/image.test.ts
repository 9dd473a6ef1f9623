import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ROOT, ownServices, readCompose } from './compose-file.ts';
import { parseDockerfile, runStages } from './dockerfile.ts';

/**
 * Goal: the image holds what its commands need. No Docker engine is needed: the stages' own commands run in folders, on what
 * the context sends, and every command starts from the last one.
 * It installs everything twice, which takes minutes and 1 GB: BURNLINE_TEST_IMAGE=1 asks for it.
 */
const IS_ASKED = process.env['BURNLINE_TEST_IMAGE'] === '1';
const TIMEOUT_MS = 1_200_000;

const stages = parseDockerfile(await readFile(path.join(ROOT, 'Dockerfile'), 'utf8'));
const copies = stages.flatMap(({ steps }) => steps).flatMap((step) => (step.kind === 'copy' ? [step] : []));
const image = stages.at(-1)!;

it('builds on one pinned Node, and does not run as root', () => {
  const names = stages.map(({ name }) => name);
  const bases = stages.map(({ base }) => base).filter((base) => !names.includes(base));
  expect(new Set(bases).size).toBe(1);
  expect(bases[0]).toMatch(/^node:20\.\d+\.\d+-bookworm-slim$/);
  expect(image.steps).toContainEqual({ kind: 'other', line: 'USER node' });
});

it('copies files that are here or are made by the build', async () => {
  const ignored = (await readFile(path.join(ROOT, '.dockerignore'), 'utf8')).split('\n');
  for (const source of copies.flatMap(({ sources }) => sources)) {
    expect(ignored, source).not.toContain(source);
    expect(existsSync(path.join(ROOT, source)), source).toBe(true);
  }
});

it('installs packages before it copies sources, from the manifests of every workspace', async () => {
  for (const { name, steps } of stages) {
    const install = steps.findIndex((step) => step.kind === 'run' && step.command.startsWith('npm ci'));
    const sources = steps.findIndex((step) => step.kind === 'copy' && step.sources.includes('.'));
    if (install >= 0 && sources >= 0) expect(install, name).toBeLessThan(sources);
  }
  const manifests = stages.find(({ name }) => name === 'manifests')!;
  const copied = manifests.steps.flatMap((step) => (step.kind === 'copy' ? step.sources : []));
  for (const group of ['packages', 'services'])
    for (const workspace of await readdir(path.join(ROOT, group)))
      if (existsSync(path.join(ROOT, group, workspace, 'package.json')))
        expect(copied).toContain(`${group}/${workspace}/package.json`);
});

it.skipIf(!IS_ASKED)(
  'holds what every command needs, and not the embedded engine',
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'burnline-image-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    // What the context sends: files of the repository, without those that .dockerignore names.
    const context = path.join(folder, 'context');
    expect(spawnSync('git', ['clone', '-q', ROOT, context]).status).toBe(0);
    for (const name of ['.git', 'test', 'docs', 'examples', 'profiles'])
      await rm(path.join(context, name), { recursive: true, force: true });
    const place = await runStages(stages, context, folder);
    expect(existsSync(path.join(place, 'node_modules/chdb'))).toBe(false);
    expect(existsSync(path.join(place, 'node_modules/vitest'))).toBe(false);
    for (const { name } of stages.slice(0, -1))
      await rm(path.join(folder, name), { recursive: true, force: true });
    for (const [name, service] of ownServices(await readCompose())) {
      const args = service.command!.slice(1);
      const result = spawnSync(process.execPath, args, { cwd: place, encoding: 'utf8', env: {} });
      // Every module is loaded before the configuration is read, and nothing is configured.
      expect(result.stderr, name).toContain('CONFIG_INVALID');
      expect(result.status, name).toBe(2);
    }
  },
  TIMEOUT_MS,
);
