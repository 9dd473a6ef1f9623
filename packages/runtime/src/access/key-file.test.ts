import { expect, it } from 'vitest';
import { makeKey, ownerOf, parseKeyFile, type KeyUse } from './key-file.ts';

const USE: KeyUse = { code: 'KEYS_INVALID', of: 'the test', command: 'burnline test-key', prefix: 'btk_' };

it('a key that was made opens what its line lets in, and no other does', () => {
  const [one, other] = [makeKey(USE, 'chat'), makeKey(USE, 'evals')];
  const keys = parseKeyFile(USE, `# who may publish\n\n${one.line}\n  ${other.line}\r\n`, 'keys');
  expect(ownerOf(one.key, keys)).toBe('chat');
  expect(ownerOf(other.key, keys)).toBe('evals');
  for (const wrong of ['', 'x', one.key.slice(0, -1), `${one.key} `, one.line])
    expect(ownerOf(wrong, keys)).toBeUndefined();
  expect(one.line).not.toContain(one.key);
});

it.each(['chat', 'chat sha256:00', `chat md5:${'0'.repeat(64)}`, `a b sha256:${'0'.repeat(64)}`])(
  'a file with the line %j is refused, and the line is not shown',
  (line) => {
    const parse = (): unknown => parseKeyFile(USE, `# keys\n${line}`, 'keys');
    expect(parse).toThrow(/line 2 of keys/);
    expect(parse).not.toThrow(line);
  },
);

it('a name that would not stand in a line is refused', () => {
  expect(() => makeKey(USE, 'a b')).toThrow(expect.objectContaining({ code: 'KEYS_INVALID' }) as Error);
});
