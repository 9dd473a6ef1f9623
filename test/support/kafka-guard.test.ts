import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

/** A process that guards a sleeping child and its directory, and prints the child's id. */
const PROGRAM = `
import { spawn } from 'node:child_process';
import { startGuard } from './guard.mjs';
const guard = startGuard(process.argv[2], true);
const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
guard.watch(child.pid);
console.log(child.pid);
`;

it('a guarded child and its directory are gone once the process that guarded them is killed', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'burnline-guard-'));
  const guarded = path.join(directory, 'guarded');
  await mkdir(guarded);
  const source = await readFile(new URL('kafka/guard.ts', import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  });
  await writeFile(path.join(directory, 'guard.mjs'), outputText);
  await writeFile(path.join(directory, 'program.mjs'), PROGRAM);
  const program = spawn(process.execPath, [path.join(directory, 'program.mjs'), guarded], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(program.stdout, 'data')) as [Buffer];
  const childPid = Number(line.toString());
  expect(isAlive(childPid)).toBe(true);
  program.kill('SIGKILL');
  await expect.poll(() => isAlive(childPid), { timeout: 30_000 }).toBe(false);
  await expect.poll(() => existsSync(guarded), { timeout: 30_000 }).toBe(false);
  await rm(directory, { recursive: true, force: true });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
