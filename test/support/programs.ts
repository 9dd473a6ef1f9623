import { spawnSync } from 'node:child_process';

/**
 * Whether a program is installed that a test runs against. Where it is not, CI fails; elsewhere the skip is printed loudly.
 */
export function hasProgram(program: string, install: string): boolean {
  // Some answer with an error; all of them answer if they are there.
  if (spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined) return true;
  const text = `${program} is not installed (${install})`;
  if (process.env['CI']) throw new Error(`Tests must run against ${program} here: ${text}`);
  process.stderr.write(`\n*** SKIPPED: tests against ${program}. *** ${text}\n`);
  return false;
}
