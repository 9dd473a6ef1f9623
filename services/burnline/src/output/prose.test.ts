import { describe, expect, it } from 'vitest';
import { paragraphs, wrapped } from './prose.ts';

describe('prose', () => {
  it('is broken between words, and goes on where it began', () => {
    expect(wrapped('  one two three four', 11)).toBe('  one two\n  three\n  four');
    expect(wrapped('  name one two', 12, '     ')).toBe('  name one\n       two');
    expect(wrapped('one two three', Number.POSITIVE_INFINITY)).toBe('one two three');
  });

  it('never breaks a word, and counts wide characters as two columns', () => {
    expect(wrapped('a incomprehensible b', 6)).toBe('a\nincomprehensible\nb');
    expect(wrapped('模型 模型 模型', 9)).toBe('模型 模型\n模型');
  });

  it('of a help text is filled anew, and its examples are left', () => {
    expect(paragraphs('one two\nthree four\n\nRead on:\n  burnline status   what', 18)).toBe(
      'one two three four\n\nRead on:\n  burnline status   what',
    );
  });
});
