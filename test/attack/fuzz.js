/** Every fuzzer of the intake, for as long as you like: npm run fuzz -- --seconds 600 [--seed N], which repeats a run's draws. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
  },
});
const runner = new URL('../../node_modules/vitest/vitest.mjs', import.meta.url).pathname;
const args = [
  'run',
  '--config',
  '.config/vitest.config.js',
  '--project',
  'system',
  'test/attack/intake-fuzz',
];
const child = spawn(process.execPath, [runner, ...args], {
  cwd: new URL('../..', import.meta.url).pathname,
  stdio: 'inherit',
  env: {
    ...process.env,
    BURNLINE_FUZZ_SECONDS: values.seconds,
    ...(values.seed === undefined ? {} : { BURNLINE_FUZZ_SEED: values.seed }),
  },
});
const [exitCode] = await once(child, 'exit');
process.exitCode = exitCode ?? 1;
