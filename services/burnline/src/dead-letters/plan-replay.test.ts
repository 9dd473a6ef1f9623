import { describe, expect, it } from 'vitest';
import { hexdump } from './hexdump.ts';
import type { Letter } from './letter-table.ts';
import { planReplay, type LetterFacts } from './plan-replay.ts';
import { parsePosition, positionText } from './position.ts';

function letterAt(offset: number, over: Partial<Letter> = {}): Letter {
  return {
    stream_epoch: 'burnline.live.inference@1',
    topic: 'burnline.live.inference',
    partition: 0,
    offset,
    log_time_ms: 0,
    code: 'CONTRACT_DECODE_FAILED',
    reason: '',
    checksum: `content of ${offset}`,
    value_bytes: 1,
    attempts: 0,
    state: 'open',
    replayed_to: null,
    ...over,
  };
}

const facts =
  (over: Partial<LetterFacts> = {}) =>
  (): LetterFacts => ({
    isOfReplay: false,
    isReadable: false,
    messagesSince: 5,
    repeatWindowMessages: 100,
    ...over,
  });

describe('plan of a replay', () => {
  it('counts attempts by content, over all letters that hold it', () => {
    const same = { checksum: 'same', attempts: 1 };
    const letters = [letterAt(1, same), letterAt(2), letterAt(3, same), letterAt(4, same)];
    const { planned, refused } = planReplay(letters, facts());
    expect(planned.map(({ letter, attempt }) => [letter.offset, attempt])).toEqual([
      [1, 2],
      [2, 1],
      [3, 3],
    ]);
    expect(refused).toMatchObject([
      { letter: { offset: 4 }, why: expect.stringContaining('the cap is 3') as string },
    ]);
  });

  it('sends no letter whose events a pipeline that starts would take for repeats', () => {
    const plan = (messagesSince: number, isReadable: boolean): boolean =>
      planReplay([letterAt(1)], facts({ messagesSince, isReadable })).planned.length === 1;
    expect(plan(100, true)).toBe(false);
    expect(plan(101, true)).toBe(true);
    expect(plan(1, false)).toBe(true);
  });

  it('appends nothing to a replay, and writes rows where they belong in any stream', () => {
    const letters = [letterAt(1), letterAt(2, { code: 'STORE_ROWS_BAD' })];
    const { planned, refused } = planReplay(letters, facts({ isOfReplay: true, isReadable: true }));
    expect(planned).toMatchObject([{ letter: { offset: 2 }, way: 'write' }]);
    expect(refused).toMatchObject([{ letter: { offset: 1 } }]);
  });
});

describe('a position', () => {
  it('is read as it is printed', () => {
    const text = positionText(letterAt(42));
    expect(parsePosition(text)).toEqual({ source: 'burnline.live.inference@1', partition: 0, offset: 42 });
  });

  it.each(['', 'topic', 'topic/0', 'topic/x/1', 'topic/0/-1', "topic'/0/1", '/0/1'])('is not %j', (text) => {
    expect(() => parsePosition(text)).toThrow(expect.objectContaining({ code: 'CLI_POSITION_INVALID' }));
  });
});

it('a hexdump shows offset, bytes and text in columns', () => {
  const bytes = Uint8Array.from([...Buffer.from('burnline\n'), ...Array.from({ length: 8 }, () => 0xff)]);
  expect(hexdump(bytes)).toEqual([
    '00000000  62 75 72 6e 6c 69 6e 65  0a ff ff ff ff ff ff ff  |burnline........|',
    '00000010  ff                                                |.|',
  ]);
});
