import { spawn, type ChildProcess } from 'node:child_process';

const COMMAND = new URL('../../services/burnline/bin/burnline.js', import.meta.url).pathname;

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly child: ChildProcess;
  /** Everything on standard output so far. */
  stdout(): string;
  readonly ended: Promise<CliResult>;
  /** SIGKILL to the command and every process that it started. */
  killAll(): void;
}

/** Starts the burnline command in a process group of its own. */
export function startCli(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): RunningCli {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const ended = new Promise<CliResult>((resolve) => {
    child.on('close', (exitCode) => {
      resolve({ exitCode, stdout, stderr });
    });
  });
  return {
    child,
    stdout: () => stdout,
    ended,
    killAll() {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group is gone already.
      }
    },
  };
}

export async function runCli(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<CliResult> {
  return startCli(args, options).ended;
}

/** The answer of a command that was asked for JSON. */
export async function runCliJson<T>(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<T> {
  const result = await runCli(['--json', ...args], options);
  try {
    return JSON.parse(result.stdout) as T;
  } catch {
    throw new Error(
      `burnline ${args.join(' ')} gave no JSON (exit ${result.exitCode}): ${result.stdout}${result.stderr}`,
    );
  }
}
