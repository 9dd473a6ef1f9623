import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { terminalLine } from './terminal-line.ts';

/** What a logger writes to standard error where that is no terminal. */
function logged(call: string): string {
  const runtime = createRequire(import.meta.url).resolve('@burnline/runtime');
  const program = `
    import { createLogger } from ${JSON.stringify(runtime)};
    const logger = createLogger({ name: 'burnline', level: 'info' });
    ${call}
  `;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }).stderr;
}

it('writes JSON for machines, and the same line readable for people', () => {
  const json = logged(
    `logger.warn({ signal: 'SIGKILL', pidOfEngine: 7, nested: { a: [1] }, none: '' }, 'it died');`,
  );
  expect(JSON.parse(json)).toMatchObject({ name: 'burnline', msg: 'it died', signal: 'SIGKILL' });
  expect(terminalLine(json)).toMatch(
    /^\d\d:\d\d:\d\d warn {2}it died {2}signal=SIGKILL {2}pidOfEngine=7 {2}nested=\{"a":\[1\]\}\n$/,
  );
});

it('leaves alone what is no log line', () => {
  expect(terminalLine('not JSON\n')).toBe('not JSON\n');
});
