import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseParts } from './parts-file.ts';
import { runCommand } from './run-command.ts';
import { PartRunner } from './run-parts.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-parts-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

const silent = (): void => undefined;

describe('a list of parts', () => {
  it('is read, and every mistake is named at once', () => {
    const part = { name: 'sink', stop: 'a', resume: 'b', atS: 1, forS: 2.5 };
    expect(parseParts(JSON.stringify([part]), 'f')).toEqual([part]);
    const bad = JSON.stringify([{ ...part, atS: -1, until: 3 }, { name: 'x' }]);
    expect(() => parseParts(bad, 'f')).toThrow(/0\.atS.*\n.*until[^]*1\.stop[^]*1\.forS/);
    expect(() => parseParts('a: [', 'f')).toThrow(expect.objectContaining({ code: 'DRILL_PARTS_INVALID' }));
  });
});

describe('a command', () => {
  it('gives its exit code and what it printed', async () => {
    expect(await runCommand('echo out; echo err >&2; exit 4')).toMatchObject({
      exitCode: 4,
      isTimedOut: false,
      output: expect.stringMatching(/^(out\nerr|err\nout)$/) as string,
    });
  });

  it('is ended with everything that it started when it takes too long', async () => {
    const file = path.join(root, 'late');
    const result = await runCommand(`(sleep 1; echo > ${file}) & sleep 60`, 200);
    expect(result).toMatchObject({ exitCode: null, isTimedOut: true });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await expect(readFile(file)).rejects.toThrow();
  });
});

describe('parts', () => {
  it('are resumed at once when the drill ends early, even if they could not be stopped', async () => {
    const log = path.join(root, 'log');
    const part = (name: string, atS: number, stop: string) => ({
      name,
      stop: `echo stop ${name} >> ${log}; ${stop}`,
      resume: `echo resume ${name} >> ${log}`,
      atS,
      forS: 600,
    });
    const runner = new PartRunner([part('a', 0, 'exit 3'), part('b', 600, 'true')], silent);
    const controller = new AbortController();
    runner.start(controller.signal);
    while (!(await readFile(log, 'utf8').catch(() => '')).includes('stop a'))
      await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    expect(await runner.finished()).toMatchObject([
      { name: 'a', stop: { exitCode: 3 }, resume: { exitCode: 0 } },
      { name: 'b', stop: null, resume: null },
    ]);
    expect(await readFile(log, 'utf8')).toBe('stop a\nresume a\n');
  });
});
