import { spawn } from 'node:child_process';

export interface CommandResult {
  /** Exit code; null if a signal ended it. */
  readonly exitCode: number | null;
  /** Standard output and error, in the order in which they came; at most the last 64 KiB. */
  readonly output: string;
}

const OUTPUT_CHARACTERS_MAX = 65_536;

/**
 * Runs a program without a shell, to its end.
 *
 * Errors: that of spawn if the program is not there (code ENOENT).
 */
export function runCommand(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (exitCode) => {
      resolve({ exitCode, output });
    });
  });
}

export function isMissingProgram(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

export function lastLines(text: string, count = 20): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
