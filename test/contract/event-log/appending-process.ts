import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const RETENTION_BYTES = 4 * 1024 * 1024;
export const MESSAGE_BYTES_MAX = 65_536;
export const PARTITION_COUNT = 3;

export interface AppendingProcess {
  readonly pid: number;
  /** Lines printed so far. */
  readonly lines: readonly string[];
  /** Resolves with the first line, present or future, that begins like this. */
  waitFor(start: string): Promise<string>;
  /** Kills it, if it still runs, and waits for its last line. */
  kill(): Promise<void>;
}

/** A shell's words before the command `"$0" "$@"`. */
export const PREFIXES = {
  none: 'exec "$0" "$@"',
  /** The kernel refuses to let a file grow beyond 6 MiB. */
  fileLimit: 'ulimit -f 6144; exec "$0" "$@"',
  /** The directory is a file system of 6 MiB, seen by this process alone. */
  smallDisk: `exec unshare --map-root-user --mount -- bash -c 'mount -t tmpfs -o size=6m tmpfs "$2" && exec "$0" "$@"' "$0" "$@"`,
} as const;

/** Runs appending-process.js on the built package. */
export function startAppending(input: {
  readonly directory: string;
  readonly seed: number;
  readonly expiryIntervalMs: number;
  readonly prefix?: keyof typeof PREFIXES;
}): AppendingProcess {
  const script = fileURLToPath(new URL('appending-process.js', import.meta.url));
  const args = [script, input.directory, String(input.seed), String(input.expiryIntervalMs)];
  const child = spawn('bash', ['-c', PREFIXES[input.prefix ?? 'none'], process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const ended = Promise.all([once(reader, 'close'), once(child, 'exit')]);
  reader.on('line', (line) => lines.push(line));
  return {
    pid: child.pid!,
    lines,
    waitFor: (start) =>
      new Promise((resolve, reject) => {
        const present = lines.find((line) => line.startsWith(start));
        if (present !== undefined) {
          resolve(present);
          return;
        }
        reader.on('line', (line) => {
          if (line.startsWith(start)) resolve(line);
        });
        void ended.then(() => {
          reject(new Error(`the process ended without "${start}": ${lines.slice(-3).join('; ')}`));
        });
      }),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
