/** Loaded with --import into a process that is measured: tells its CPU time, in ms, when asked and when it ends. */
import { writeSync } from 'node:fs';
import process from 'node:process';

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

process.on('message', () => process.send(cpuMs()));
process.channel?.unref();
process.on('exit', () => writeSync(2, `\ncpu ${cpuMs()} ms\n`));
