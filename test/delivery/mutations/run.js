/**
 * Breaks each rule in a copy of the sources, and tells how many seeds of the random model it takes to notice.
 *
 *   npm run test:mutations [-- PART-OF-A-NAME]    MUTATION_SEEDS=400: seeds of the histories per mutant, in two processes
 *
 * Exits with 1 if a mutant survives, and with 2 if one cannot be applied any more.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** `edits` replace text that stands in its file exactly once; `suite` is who is to catch the mutant. */
const MUTANTS = JSON.parse(readFileSync(new URL('mutants.json', import.meta.url), 'utf8'));
const SEEDS = process.env['MUTATION_SEEDS'] ?? '400';
const WANTED = process.argv[2] ?? '';
const SUITES = {
  histories: ['test/delivery/delivery-faults.test.ts', 'test/delivery/delivery-faults-other-half.test.ts'],
  sealer: ['test/delivery/sealer.test.ts', '-t', 'keeps archive'],
};

/** Sources, build and tests as they are; installed packages by links, but for the workspace's own. */
function copyRepository() {
  const copy = mkdtempSync(join(tmpdir(), 'burnline-mutations-'));
  const isCopied = (path) =>
    !['node_modules', '.git', '.turbo', '.tmp'].includes(path.split('/').at(-1) ?? '');
  for (const name of ['packages', 'services', 'test', '.config', 'sql', 'package.json', 'tsconfig.json'])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true, filter: isCopied });
  const installed = readdirSync(join(ROOT, 'node_modules'));
  mkdirSync(join(copy, 'node_modules/@burnline'), { recursive: true });
  for (const name of installed.filter((one) => one !== '@burnline'))
    symlinkSync(join(ROOT, 'node_modules', name), join(copy, 'node_modules', name));
  for (const folder of ['packages', 'services'])
    for (const name of readdirSync(join(ROOT, folder))) {
      symlinkSync(join(copy, folder, name), join(copy, 'node_modules/@burnline', name));
      const own = join(ROOT, folder, name, 'node_modules');
      if (readdirSync(join(ROOT, folder, name)).includes('node_modules'))
        symlinkSync(own, join(copy, folder, name, 'node_modules'));
    }
  return copy;
}

/** The texts of the files that a mutant changes, by path. Throws if it has lost its place. */
function applyMutant(mutant) {
  const texts = new Map();
  for (const { file, from, to } of mutant.edits) {
    const pieces = (texts.get(file) ?? readFileSync(join(ROOT, file), 'utf8')).split(from);
    if (pieces.length !== 2) {
      console.error(`${mutant.name}: ${file} has what it replaces ${pieces.length - 1} times, not once`);
      process.exit(2);
    }
    texts.set(file, pieces.join(to));
  }
  return texts;
}

/** A file alone, without a check of types: what a mutant breaks is meaning. */
function build(copy, file, text) {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      rewriteRelativeImportExtensions: true,
    },
  });
  writeFileSync(join(copy, file.replace('/src/', '/dist/').replace(/\.ts$/, '.js')), outputText);
}

function run(copy, suite) {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--config', '.config/vitest.config.js', '--bail', '1', ...SUITES[suite]];
  const env = { ...process.env, DELIVERY_HISTORIES: SEEDS, DELIVERY_SHRINK_RUNS: '0', NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, env, encoding: 'utf8' });
  return { isCaught: status !== 0, output: `${stdout}${stderr}` };
}

/** The line of the report that names the history, or the sealer's seed. */
function howOf(output) {
  const line = output.split('\n').find((one) => /Error: (history \d+|seed \d+)/.test(one));
  return (line ?? output.split('\n').find((one) => one.includes('Error')) ?? 'no error was named').trim();
}

const chosen = MUTANTS.filter((one) => one.name.includes(WANTED));
for (const mutant of chosen) applyMutant(mutant);
const copy = copyRepository();
const survivors = [];
try {
  for (const suite of ['histories', 'sealer'])
    if (WANTED === '' && run(copy, suite).isCaught) throw new Error(`the ${suite} fail without any mutant`);
  for (const mutant of chosen) {
    const changed = applyMutant(mutant);
    for (const [file, text] of changed) build(copy, file, text);
    const { isCaught, output } = run(copy, mutant.suite);
    if (!isCaught) survivors.push(mutant.name);
    console.log(`| ${mutant.name} | ${isCaught ? howOf(output).slice(0, 160) : 'SURVIVES'} |`);
    for (const file of changed.keys()) build(copy, file, readFileSync(join(ROOT, file), 'utf8'));
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
if (survivors.length > 0) {
  console.error(`not caught within ${SEEDS} seeds: ${survivors.join(', ')}`);
  process.exitCode = 1;
}
