import { expect, it } from 'vitest';
import { CheckedStatements } from './checked-statements.ts';

/** Goal: what was checked is never told of another text, of other parameters or under other limits, and what was refused is checked again. */
const UNDER = { parameters: ['a', 'b'], isLimited: false };

it('is checked once for each text, set of parameters and limits', async () => {
  const checked = new CheckedStatements();
  let count = 0;
  const ask = (sql: string, under = UNDER): Promise<string> =>
    checked.of(sql, under, () => Promise.resolve(`${sql} ${(count += 1)}`));
  expect(await ask('SELECT {a:String}')).toBe('SELECT {a:String} 1');
  expect(await ask('SELECT {a:String}', { ...UNDER, parameters: ['b', 'a'] })).toBe('SELECT {a:String} 1');
  expect(await ask('SELECT {a:String} ')).toBe('SELECT {a:String}  2');
  expect(await ask('SELECT {a:String}', { ...UNDER, isLimited: true })).toBe('SELECT {a:String} 3');
  expect(await ask('SELECT {a:String}', { ...UNDER, parameters: ['a'] })).toBe('SELECT {a:String} 4');
});

it('is checked again where it was refused, is very long, or others came since', async () => {
  const checked = new CheckedStatements();
  let count = 0;
  const refused = (): Promise<string> => Promise.reject(new Error(`${(count += 1)}`));
  await expect(checked.of('DROP', UNDER, refused)).rejects.toThrow('1');
  await expect(checked.of('DROP', UNDER, refused)).rejects.toThrow('2');
  const counted = (): Promise<string> => Promise.resolve(`${(count += 1)}`);
  const long = 'x'.repeat(100_000);
  expect([await checked.of(long, UNDER, counted), await checked.of(long, UNDER, counted)]).toEqual([
    '3',
    '4',
  ]);
  const first = await checked.of('first', UNDER, counted);
  for (let number = 0; number < 511; number += 1) await checked.of(`${number}`, UNDER, counted);
  expect(await checked.of('first', UNDER, counted)).toBe(first);
  await checked.of('one more', UNDER, counted);
  expect(await checked.of('first', UNDER, counted)).not.toBe(first);
});
