import { readFile } from 'node:fs/promises';

/** Linux counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

async function cpuSecondsAt(file) {
  const stat = await readFile(file, 'utf8').catch(() => null);
  if (stat === null) return NaN;
  // The fields after the name, which may hold anything in its brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** CPU seconds that a process has used so far, all its threads; NaN where there is no /proc. */
export const cpuSecondsOf = (pid) => cpuSecondsAt(`/proc/${pid}/stat`);

/** The same of its main thread alone. */
export const mainThreadCpuSecondsOf = (pid) => cpuSecondsAt(`/proc/${pid}/task/${pid}/stat`);
