import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ZombieProcess {
  /** Resolves with the first line, past or future, that begins like this. */
  waitFor(start: string): Promise<string>;
  commit(offset: number): void;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Lets it leave its group and end. */
  end(): Promise<void>;
}

/** Runs zombie-process.js on the built package. */
export function startZombie(input: {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly group: string;
}): ZombieProcess {
  const script = fileURLToPath(new URL('zombie-process.js', import.meta.url));
  const child = spawn(process.execPath, [script, input.brokers.join(), input.topic, input.group], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const ended = once(child, 'exit');
  return {
    waitFor: async (start) => {
      for (;;) {
        const line = lines.find((one) => one.startsWith(start));
        if (line !== undefined) return line;
        await Promise.race([
          once(reader, 'line'),
          ended.then(() => Promise.reject(new Error(`it ended without "${start}": ${lines.join('; ')}`))),
        ]);
      }
    },
    commit: (offset) => {
      child.stdin.write(`${offset}\n`);
    },
    signal: (name) => {
      child.kill(name);
    },
    end: async () => {
      child.kill('SIGCONT');
      child.stdin.end();
      await ended;
    },
  };
}
