/**
 * The whole suite, one part after another, as one report on stdout; progress on stderr. npm run bench [-- PART ...]
 *
 * A part is a script of package.json named bench:PART. Those of ARGUMENTS run with fewer runs than alone, so that the whole
 * ends in some minutes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import process from 'node:process';
import { progress } from './support/figures.js';

const ARGUMENTS = { tick: ['100', '1000'], specs: ['10000', '1'] };
/** The first takes its minutes by design, and judges rather than measures, the second waits for pages; the others need a broker, Java and Maven. */
const APART = ['soak', 'page', 'peers', 'kafka'];

const root = new URL('../../', import.meta.url);
const { scripts } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
const files = new Map(
  Object.entries(scripts).flatMap(([name, command]) => {
    const part = /^bench:(.+)$/.exec(name)?.[1];
    const file = /node (\S+)$/.exec(command)?.[1];
    return part === undefined || file === undefined || APART.includes(part) ? [] : [[part, file]];
  }),
);
const wanted = process.argv.length > 2 ? process.argv.slice(2) : [...files.keys()];
const unknown = wanted.filter((part) => !files.has(part));
if (unknown.length > 0) {
  progress(`no part ${unknown.join(', ')}; there are ${[...files.keys()].join(', ')}`);
  process.exit(2);
}

const startMs = performance.now();
const failed = [];
console.log(
  `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${process.platform}, Node ${process.version}`,
);
for (const part of wanted) {
  const partMs = performance.now();
  progress(`${part} ...`);
  console.log(`\n== ${part}`);
  const child = spawn(process.execPath, [files.get(part), ...(ARGUMENTS[part] ?? [])], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [exitCode] = await once(child, 'exit');
  if (exitCode !== 0) failed.push(part);
  progress(`${part}: ${((performance.now() - partMs) / 1_000).toFixed(0)} s`);
}
progress(`the whole took ${((performance.now() - startMs) / 60_000).toFixed(1)} minutes`);
if (failed.length > 0) {
  console.log(`\nfailed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
