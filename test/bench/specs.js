/**
 * Thousands of SLOs: how long `burnline validate` takes, and `burnline up` until it is ready, on a new data directory and on
 * the same one again.
 *
 * npm run bench:specs [-- SLOS RUNS]   (10,000 and 3 unless named)
 *
 * CPU time is that of the process alone, from its start; the engine of `up` runs in another.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Figures, progress } from './support/figures.js';
import { specFilesOf, writeSpecSet } from './support/spec-sets.js';
import { startCommand, timedUp } from './support/timed-up.js';

const [sloCount = 10_000, runCount = 3] = process.argv.slice(2).map(Number);

const SETS = {
  'an SLI inside each SLO': specFilesOf('inline', { sloCount }),
  'an SLI beside each SLO': specFilesOf('references', { sloCount }),
  'two tiers of their own': specFilesOf('tiers', { sloCount }),
  'in a hundred files': specFilesOf('inline', { sloCount, fileCount: 100 }),
  'in one file': specFilesOf('inline', { sloCount, fileCount: 1 }),
};

async function validate(folder) {
  const startMs = performance.now();
  const child = startCommand('validate', folder);
  let told = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (text) => (told += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(told);
  const cpuMs = Number(/^cpu (\S+) ms$/m.exec(told)?.[1]);
  return { wallMs: performance.now() - startMs, cpuMs };
}

const figures = new Figures();
const keep = (what, { wallMs, cpuMs }) =>
  figures.keep({ [`${what}: CPU (ms)`]: cpuMs, [`${what}: by the clock (ms)`]: wallMs });
const root = await mkdtemp(path.join(tmpdir(), 'burnline-bench-'));
try {
  for (const [index, [what, files]] of Object.entries(SETS).entries()) {
    const folder = path.join(root, `specs-${index}`);
    await writeSpecSet(folder, files);
    for (let run = 0; run < runCount; run += 1) keep(`validate, ${what}`, await validate(folder));
    progress(`specs: validate, ${what}: done`);
  }
  for (let run = 0; run < runCount; run += 1) {
    const dataDirectory = path.join(root, `data-${run}`);
    keep('up, a new directory', await timedUp(path.join(root, 'specs-0'), dataDirectory));
    keep('up, the same again', await timedUp(path.join(root, 'specs-0'), dataDirectory));
    progress(`specs: up, run ${run + 1} of ${runCount} done`);
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
figures.print(`${sloCount} SLOs, ${runCount} runs`);
