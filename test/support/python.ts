import { spawn, type ChildProcess } from 'node:child_process';
import { hasProgram } from './programs.ts';

/** Python as tests of the Python publisher need it: CI has it, and elsewhere the skip is printed. */
const PYTHON = process.env['BURNLINE_PYTHON'] ?? 'python3';
export const hasPython = hasProgram(PYTHON, 'apt-get install python3');

const PACKAGE = new URL('../../packages/publisher-python', import.meta.url).pathname;

export interface PythonRun {
  readonly child: ChildProcess;
  /** Lines of standard output so far. */
  readonly lines: readonly string[];
  /** Resolves to the exit code, or null for one that was killed, and to what it wrote to standard error. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** Runs Python with the publisher of this repository, in the package's folder. */
export function runPython(args: readonly string[]): PythonRun {
  const child = spawn(PYTHON, args, {
    cwd: PACKAGE,
    env: { ...process.env, PYTHONPATH: `${PACKAGE}/src`, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const lines: string[] = [];
  let [stderr, rest] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('utf8')).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, stderr });
    });
  });
  return { child, lines, ended };
}
