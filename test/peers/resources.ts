import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = 'test/peers';

/** A file beside the sources: these modules run from there under vitest, and compiled from node_modules/.cache as a command. */
export function peerFile(name: string): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, FOLDER, 'kafka-streams/pom.xml'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`${FOLDER} was not found above ${import.meta.url}`);
    folder = parent;
  }
  return path.join(folder, FOLDER, name);
}

/** The most memory that a process has had resident so far. Linux only. */
export function rssPeakBytesOf(pid: number): number {
  const line = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) * 1_024;
}

/** Linux counts a process's CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** CPU seconds that a process has used so far, all its threads. Linux only. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The fields after the name, which may hold anything in its brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
