import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textSignals } from './text-signals.ts';

/** The same, counted one by one. */
function naive(text: string): { characters: number; nonAscii: number; repeated: number; runs: number } {
  const all = Array.from(text);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const seen: string[] = [];
  let repeated = 0;
  for (let at = 0; at + 4 <= words.length; at += 1) {
    const run = words.slice(at, at + 4).join(' ');
    if (seen.includes(run)) repeated += 1;
    seen.push(run);
  }
  const nonAscii = all.filter((one) => one.codePointAt(0)! > 127).length;
  return { characters: all.length, nonAscii, repeated, runs: seen.length };
}

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('the', 'cat', 'sat', 'größe', '\u{1f600}', '日本'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    { maxLength: 40 },
  )
  .map((words) => words.join(' '));

describe('what is said of a text', () => {
  it('is what counting comes to', () => {
    fc.assert(
      fc.property(text, (drawn) => {
        const { characters, nonAscii, repeated, runs } = naive(drawn);
        const signals = textSignals(drawn);
        expect(signals.characters).toBe(characters);
        expect(signals.nonAsciiRatio).toBeCloseTo(characters === 0 ? 0 : nonAscii / characters, 12);
        expect(signals.repetitionRatio).toBeCloseTo(runs === 0 ? 0 : repeated / runs, 12);
      }),
    );
  });

  it.each([
    ["I'm sorry, but I can't help with that.", true],
    ['I cannot assist with this request.', true],
    ['Unfortunately I am not able to provide medical advice.', true],
    ['I can help you with that.', false],
    ["The cat can't help it.", false],
    ['Here is why I will not hesitate: it works.', false],
  ])('%s', (opening, isRefusal) => {
    expect(textSignals(opening).isRefusal).toBe(isRefusal);
    expect(textSignals(`${'Well. '.repeat(100)}${opening}`).isRefusal).toBe(false);
  });

  it.each(["i can't ".repeat(50_000), 'a'.repeat(1_000_000), `i'm sorry${' '.repeat(400_000)}`])(
    'comes to an end, whatever stands in the text',
    (long) => {
      expect(textSignals(long).characters).toBe(long.length);
    },
  );
});
