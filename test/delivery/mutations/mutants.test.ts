import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Mutant {
  readonly name: string;
  readonly why: string;
  readonly edits: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

const ROOT = new URL('../../../', import.meta.url);
const mutants = JSON.parse(
  readFileSync(new URL('mutants.json', import.meta.url), 'utf8'),
) as readonly Mutant[];

/** That each is caught takes minutes (`npm run test:mutations`); that each still breaks something takes none. */
describe('the list of mutations', () => {
  it.each(mutants)('has what "$name" replaces, exactly once', ({ why, edits }) => {
    expect(why).not.toBe('');
    const texts = new Map<string, string>();
    for (const { file, from, to } of edits) {
      const pieces = (texts.get(file) ?? readFileSync(new URL(file, ROOT), 'utf8')).split(from);
      expect(pieces, file).toHaveLength(2);
      texts.set(file, pieces.join(to));
    }
  });
});
