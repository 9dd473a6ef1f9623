import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A wrong program must not fill the memory: panes of an hour take far less. */
const OUTPUT_CHARACTERS_MAX = 64 * 1_024 * 1_024;
const ERROR_CHARACTERS_MAX = 8_192;

/**
 * Runs java to its end and resolves with the lines of its standard output. Killed at the deadline, and with this process.
 *
 * Errors: it ended with another code than 0, or not in time; with the end of its standard error.
 */
export async function javaLines(
  java: string,
  args: readonly string[],
  { deadlineMs }: { readonly deadlineMs: number },
): Promise<readonly string[]> {
  const child = spawn(java, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
  });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.length > OUTPUT_CHARACTERS_MAX) kill();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-ERROR_CHARACTERS_MAX);
  });
  try {
    const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (exitCode !== 0)
      throw new Error(`The Java program ended with ${String(signal ?? exitCode)}: ${errors}`);
    return output.trimEnd().split('\n');
  } finally {
    process.removeListener('exit', kill);
  }
}
