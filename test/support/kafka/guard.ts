import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Ends a child and removes its directory if this process dies. */
export interface Guard {
  /** Puts a child under guard, in place of the one before. */
  watch(pid: number): void;
  /** The child is gone by itself. */
  forget(): void;
  /** The guard is no longer needed. */
  close(): void;
}

// Standard input ends when the process that holds its other end dies, however it dies.
const SCRIPT = `
while read -r _; do :; done
[ -f "$1" ] && kill -KILL "$(cat "$1")"
[ -n "$2" ] && sleep 0.2 && rm -rf "$2"
rm -f "$1"
`;

/**
 * A shell in a session of its own that waits for the end of a pipe from this process. A test runner that is killed leaves
 * no broker behind; neither does Ctrl+C, which does not reach the shell.
 */
export function startGuard(directory: string, removes: boolean): Guard {
  // A second process on one kept directory must not take the first one's guard away.
  const pidFile = path.join(directory, `guarded-by-${process.pid}`);
  const shell = spawn('sh', ['-c', SCRIPT, 'guard', pidFile, removes ? directory : ''], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  // The type says Writable; a pipe of a child is a socket, and must not keep this process alive either.
  (shell.stdin as unknown as { unref(): void }).unref();
  return {
    watch(pid) {
      writeFileSync(pidFile, String(pid));
    },
    forget() {
      rmSync(pidFile, { force: true });
    },
    close() {
      rmSync(pidFile, { force: true });
      shell.kill('SIGKILL');
    },
  };
}
