import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BURNLINE = fileURLToPath(new URL('../../../services/burnline/bin/burnline.js', import.meta.url));
const REPORT_CPU = new URL('report-cpu.js', import.meta.url).href;

/** The command as a process that tells its CPU time, in ms, when it is sent a message and when it ends. */
export function startCommand(...parameters) {
  return spawn(process.execPath, ['--import', REPORT_CPU, BURNLINE, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

/**
 * `burnline up` until it takes events, and then its end: { wallMs, cpuMs } from the start of the process, its own CPU time
 * without the engine's.
 */
export async function timedUp(folder, dataDirectory) {
  const startMs = performance.now();
  const ports = ['--intake-port', '0', '--sql-port', '0', '--operations-port', '0'];
  const child = startCommand('up', '--specs', folder, '--data-dir', dataDirectory, ...ports);
  child.stderr.resume();
  const closed = once(child, 'close');
  let isReady = false;
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith('data ')) continue;
    isReady = true;
    break;
  }
  const wallMs = performance.now() - startMs;
  if (!isReady) throw new Error('the pipeline did not get ready');
  child.send('cpu');
  const [cpuMs] = await once(child, 'message');
  child.kill('SIGINT');
  await closed;
  return { wallMs, cpuMs };
}
