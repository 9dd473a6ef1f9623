import { expect, it } from 'vitest';
import { makeKey, storedKeyOf, parseKeyFile, type KeyUse } from './key-file.ts';

const USE: KeyUse = { code: 'KEYS_INVALID', of: 'the test', command: 'burnline test-key', prefix: 'btk_' };

it('a key that was made opens what its line lets in, and no other does', () => {
  const [one, other] = [makeKey(USE, 'chat'), makeKey(USE, 'evals')];
  const keys = parseKeyFile(USE, `# who may publish\n\n${one.line}\n  ${other.line}\r\n`, 'keys');
  expect(storedKeyOf(one.key, keys)?.name).toBe('chat');
  expect(storedKeyOf(other.key, keys)?.name).toBe('evals');
  for (const wrong of ['', 'x', one.key.slice(0, -1), `${one.key} `, one.line])
    expect(storedKeyOf(wrong, keys)).toBeUndefined();
  expect(one.line).not.toContain(one.key);
});

it('a key that ends and has a rate says so in its line', () => {
  const limits = { expiresMs: Date.UTC(2027, 0, 1), recordsPerSecond: 500 };
  const { key, line } = makeKey(USE, 'chat', limits);
  expect(line).toMatch(/ expires=2027-01-01T00:00:00.000Z records-per-second=500$/);
  expect(storedKeyOf(key, parseKeyFile(USE, line, 'keys'))).toMatchObject(limits);
  for (const recordsPerSecond of [0, -1, 1.5, 1e7, NaN])
    expect(() => makeKey(USE, 'chat', { expiresMs: null, recordsPerSecond })).toThrow(/a rate is 1 to/);
});

it.each([
  'chat',
  `chat sha256:${'0'.repeat(64)} expires=2027-13-01T00:00:00Z`,
  `chat sha256:${'0'.repeat(64)} records-per-second=0`,
  'chat sha256:00',
  `chat md5:${'0'.repeat(64)}`,
  `a b sha256:${'0'.repeat(64)}`,
])('a file with the line %j is refused, and the line is not shown', (line) => {
  const parse = (): unknown => parseKeyFile(USE, `# keys\n${line}`, 'keys');
  expect(parse).toThrow(/line 2 of keys/);
  expect(parse).not.toThrow(line);
});

it('a name that would not stand in a line is refused', () => {
  expect(() => makeKey(USE, 'a b')).toThrow(expect.objectContaining({ code: 'KEYS_INVALID' }) as Error);
});
