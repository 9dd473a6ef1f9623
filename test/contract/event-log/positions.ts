import { describe, expect, it } from 'vitest';
import type { LogUnderTest } from './contract.ts';
import { appendTexts, expectCode, key, TOPIC, topic, turnsUntil, Watched, withLog } from './harness.ts';

const P0 = { topic: TOPIC, partition: 0 };
const P1 = { topic: TOPIC, partition: 1 };
const GROUP = 'readers';
const OPTIONS = { group: GROUP, topics: [TOPIC] };

export function describePositions(open: () => Promise<LogUnderTest>): void {
  describe('positions', () => {
    it('starts at the log’s start without a commit, and says so', () =>
      withLog(open, async ({ log }) => {
        await log.ensureTopics([topic()]);
        await appendTexts(log, P0, ['a', 'b']);
        const reader = new Watched(await log.consume(OPTIONS));
        await turnsUntil([reader], () => reader.messages.length === 2);
        expect(reader.owned.get(key(P0))).toEqual({
          ...P0,
          startOffset: 0,
          endOffset: 2,
          committed: null,
          position: 0,
        });
        expect(await log.committed(GROUP, [TOPIC])).toEqual([]);
      }));

    it('resumes at the committed offset with its metadata, across a reopen', () =>
      withLog(open, async (underTest) => {
        const { log } = underTest;
        await log.ensureTopics([topic({ partitionCount: 2 })]);
        await appendTexts(log, P0, ['a', 'b', 'c']);
        await appendTexts(log, P1, ['d']);
        const reader = new Watched(await log.consume(OPTIONS));
        await turnsUntil([reader], () => reader.messages.length === 4);
        await reader.consumer.commit([{ ...P0, offset: 1, metadata: 'first' }]);
        await reader.consumer.commit([{ ...P0, offset: 2, metadata: '{"max":"€"}' }]);
        const committed = [{ ...P0, offset: 2, metadata: '{"max":"€"}' }];
        expect(await log.committed(GROUP, [TOPIC])).toEqual(committed);
        expect(await log.committed('another group', [TOPIC])).toEqual([]);

        const reopened = await underTest.reopen();
        expect(await reopened.committed(GROUP, [TOPIC])).toEqual(committed);
        const heir = new Watched(await reopened.consume(OPTIONS));
        await turnsUntil([heir], () => heir.messages.length === 2);
        expect(heir.owned.get(key(P0))).toMatchObject({
          committed: { offset: 2, metadata: '{"max":"€"}' },
          position: 2,
        });
        expect(heir.owned.get(key(P1))).toMatchObject({ committed: null, position: 0 });
        expect(heir.textsOf(0)).toEqual(['c']);
        expect(heir.textsOf(1)).toEqual(['d']);
      }));

    it('takes 4,096 characters of metadata and no more, and then commits nothing of the call', () =>
      withLog(open, async ({ log }) => {
        await log.ensureTopics([topic({ partitionCount: 2 })]);
        const reader = new Watched(await log.consume(OPTIONS));
        await turnsUntil([reader], () => reader.owned.size === 2);
        const longest = { ...P0, offset: 0, metadata: 'm'.repeat(4096) };
        await expectCode(
          reader.consumer.commit([longest, { ...P1, offset: 0, metadata: 'm'.repeat(4097) }]),
          'LOG_METADATA_TOO_LARGE',
        );
        expect(await log.committed(GROUP, [TOPIC])).toEqual([]);
        await reader.consumer.commit([longest]);
        expect(await log.committed(GROUP, [TOPIC])).toEqual([longest]);
      }));

    it('keeps the positions of groups apart', () =>
      withLog(open, async ({ log }) => {
        await log.ensureTopics([topic()]);
        await appendTexts(log, P0, ['a', 'b']);
        const [one, two] = await Promise.all(
          ['one', 'two'].map(async (group) => new Watched(await log.consume({ group, topics: [TOPIC] }))),
        );
        await turnsUntil([one!, two!], () => one!.messages.length === 2 && two!.messages.length === 2);
        await one!.consumer.commit([{ ...P0, offset: 2, metadata: '' }]);
        await two!.consumer.commit([{ ...P0, offset: 1, metadata: '' }]);
        expect(await log.committed('one', [TOPIC])).toMatchObject([{ offset: 2 }]);
        expect(await log.committed('two', [TOPIC])).toMatchObject([{ offset: 1 }]);
      }));

    it('refuses a closed consumer’s calls, and a closed log’s', () =>
      withLog(open, async ({ log }) => {
        await log.ensureTopics([topic()]);
        const reader = new Watched(await log.consume(OPTIONS));
        await turnsUntil([reader], () => reader.owned.size === 1);
        await reader.consumer.close();
        await reader.consumer.close();
        await expectCode(reader.consumer.next(0), 'LOG_CLOSED');
        await expectCode(reader.consumer.commit([{ ...P0, offset: 0, metadata: '' }]), 'LOG_NOT_OWNER');
        const pending = appendTexts(log, P0, ['a']);
        await log.close();
        expect(await pending).toBe(0);
        await expectCode(appendTexts(log, P0, ['b']), 'LOG_CLOSED');
        await expectCode(log.consume(OPTIONS), 'LOG_CLOSED');
        await expectCode(log.read({ ...P0, fromOffset: 0, bytesMax: 1 }), 'LOG_CLOSED');
      }));
  });
}
