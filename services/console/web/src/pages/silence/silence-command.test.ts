import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { silenceCommand } from './silence-command.ts';

it('says to a shell what the form says, whatever is in it', () => {
  // What a command line can hold.
  const text = fc
    .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
    .filter((one) => !one.includes('\0'));
  const form = fc.record({
    slos: fc.array(text, { maxLength: 2 }),
    service: text,
    severities: fc.subarray(['SEV-1', 'SEV-2', 'SEV-3']),
    labels: fc.array(text, { maxLength: 2 }),
    length: fc.constantFrom('1h', '4h', '1d'),
    reason: text,
  });
  fc.assert(
    fc.property(form, (one) => {
      const told = execFileSync('sh', ['-c', `burnline() { printf '%s\\0' "$@"; }; ${silenceCommand(one)}`]);
      const words = told.toString('utf8').split('\0').slice(0, -1);
      expect(words).toEqual([
        ...['silence', 'add'],
        ...one.slos.flatMap((slo) => ['--slo', slo]),
        ...['--service', one.service],
        ...one.labels.flatMap((label) => ['--label', label]),
        ...one.severities.flatMap((severity) => ['--severity', severity]),
        ...['--for', one.length, '--reason', one.reason],
      ]);
    }),
    { numRuns: 60 },
  );
});
