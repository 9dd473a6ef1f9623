import { spawn } from 'node:child_process';

export interface CommandResult {
  readonly command: string;
  /** Null: it was ended by the time limit or a signal, or could not be started. */
  readonly exitCode: number | null;
  readonly isTimedOut: boolean;
  /** The end of what it printed, both streams as they came. */
  readonly output: string;
}

/** A container's own stop takes 10 s before it is killed. */
export const COMMAND_TIMEOUT_MS = 30_000;
const OUTPUT_CHARS_MAX = 2_000;

/**
 * Runs a shell command in a process group of its own, so that Ctrl+C in the terminal does not end it. Never rejects: what
 * went wrong is in the result.
 */
export function runCommand(command: string, timeoutMs = COMMAND_TIMEOUT_MS): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', command], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let isTimedOut = false;
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARS_MAX);
    };
    const finish = (exitCode: number | null): void => {
      clearTimeout(timer);
      // What it left running in the background may hold these open for ever.
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ command, exitCode, isTimedOut, output: output.trim() });
    };
    const timer = setTimeout(() => {
      isTimedOut = true;
      endGroup(child.pid);
    }, timeoutMs);
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => {
      keep(Buffer.from(String(error)));
      finish(null);
    });
    child.on('exit', (exitCode) => {
      // Its last words may still be in the pipe.
      setImmediate(() => {
        finish(exitCode);
      });
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
