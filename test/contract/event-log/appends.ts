import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogUnderTest } from './contract.ts';
import {
  appendTexts,
  boundsOf,
  bytes,
  checksum,
  expectCode,
  readAll,
  text,
  TOPIC,
  topic,
  withLog,
} from './harness.ts';

const P0 = { topic: TOPIC, partition: 0 };
const P1 = { topic: TOPIC, partition: 1 };

export function describeAppends(open: () => Promise<LogUnderTest>): void {
  describe('appends and reads', () => {
    it('gives each entry its first offset, in order, and reads back what was appended', () =>
      withLog(open, async ({ log }) => {
        await log.ensureTopics([topic({ partitionCount: 2 })]);
        const batch = (partition: number, ...values: string[]) => ({
          topic: TOPIC,
          partition,
          messages: values.map((value) => ({ value: bytes(value) })),
        });
        expect(await log.append([batch(0, 'a', 'b'), batch(1, 'c'), batch(0, 'd')])).toEqual([0, 0, 2]);
        expect(await log.append([batch(1, 'e'), batch(0), batch(0, 'f')])).toEqual([1, 3, 3]);
        expect((await readAll(log, P0)).map(text)).toEqual(['a', 'b', 'd', 'f']);
        expect((await readAll(log, P1)).map(text)).toEqual(['c', 'e']);
        expect((await readAll(log, P0)).map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
      }));

    it('numbers concurrent appends without gaps, each call’s messages together', () =>
      withLog(open, async ({ log }) => {
        await log.ensureTopics([topic({ partitionCount: 2 })]);
        const firstOffsets = await Promise.all(
          Array.from({ length: 200 }, (_, call) =>
            appendTexts(log, call % 2 === 0 ? P0 : P1, [`${call}a`, `${call}b`]),
          ),
        );
        for (const partition of [P0, P1]) {
          const messages = await readAll(log, partition);
          expect(messages.map(({ offset }) => offset)).toEqual(Array.from({ length: 200 }, (_, i) => i));
          const calls = [...firstOffsets.keys()].filter((call) => call % 2 === partition.partition);
          for (const call of calls) {
            const first = firstOffsets[call]!;
            expect(messages.slice(first, first + 2).map(text)).toEqual([`${call}a`, `${call}b`]);
          }
        }
      }));

    it('keeps every acknowledged message, offset and timestamp across a reopen, and goes on counting', () =>
      withLog(open, async (underTest) => {
        const { log } = underTest;
        await log.ensureTopics([topic({ partitionCount: 2 })]);
        await appendTexts(log, P0, ['a', 'b']);
        await appendTexts(log, P1, ['c']);
        const before = await readAll(log, P0);
        const reopened = await underTest.reopen();
        expect(await readAll(reopened, P0)).toEqual(before);
        expect(await boundsOf(reopened, P1)).toMatchObject({ startOffset: 0, endOffset: 1 });
        expect(await appendTexts(reopened, P0, ['d'])).toBe(2);
        expect((await readAll(reopened, P0)).map(text)).toEqual(['a', 'b', 'd']);
      }));

    it('returns every payload byte for byte, from empty to larger than a page, also after a reopen', () =>
      withLog(open, async (underTest) => {
        await underTest.log.ensureTopics([topic({ partitionCount: 3 })]);
        const written: string[][] = [[], [], []];
        const entry = fc.record({
          partition: fc.integer({ min: 0, max: 2 }),
          // Around LMDB's limits for values in and out of leaf pages, and around its page sizes.
          sizes: fc.array(
            fc.oneof(
              fc.integer({ min: 0, max: 300 }),
              fc.integer({ min: 1_900, max: 2_100 }),
              fc.integer({ min: 3_900, max: 4_200 }),
              fc.integer({ min: 8_000, max: 200_000 }),
            ),
            { maxLength: 6 },
          ),
          seed: fc.integer(),
        });
        await fc.assert(
          fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 5 }), async (entries) => {
            const batches = entries.map(({ partition, sizes, seed }) => ({
              topic: TOPIC,
              partition,
              messages: sizes.map((size, index) => ({ value: pseudoRandomBytes(seed + index, size) })),
            }));
            const expectedFirst = batches.map(({ partition, messages }) => {
              const first = written[partition]!.length;
              written[partition]!.push(...messages.map(({ value }) => checksum(value)));
              return first;
            });
            const appending = underTest.log.append(batches);
            // The log has its own copy by now.
            for (const { messages } of batches) for (const { value } of messages) value.fill(0);
            expect(await appending).toEqual(expectedFirst);
          }),
          { numRuns: 25, seed: 20_260_801 },
        );
        const check = async (log: LogUnderTest['log']) => {
          for (const [partition, sums] of written.entries()) {
            const messages = await readAll(log, { topic: TOPIC, partition });
            expect(messages.map(({ value }) => checksum(value))).toEqual(sums);
          }
        };
        await check(underTest.log);
        await check(await underTest.reopen());
      }));

    it('reads no more than asked for, but always one message', () =>
      withLog(open, async ({ log }) => {
        await log.ensureTopics([topic()]);
        await appendTexts(log, P0, ['x'.repeat(1000), 'y'.repeat(1000), 'z'.repeat(1000)]);
        const read = (fromOffset: number, bytesMax: number) => log.read({ ...P0, fromOffset, bytesMax });
        expect(await read(0, 2500)).toHaveLength(2);
        expect(await read(1, 10)).toMatchObject([{ offset: 1 }]);
        expect(await read(3, 2500)).toEqual([]);
        await expectCode(read(4, 2500), 'LOG_OFFSET_BEYOND_END');
      }));

    it('tells the bounds of every partition, of empty ones too', () =>
      withLog(open, async ({ log }) => {
        await log.ensureTopics([topic({ partitionCount: 2 }), topic({ name: 'other' })]);
        await appendTexts(log, P1, ['a', 'b']);
        expect(await log.bounds([TOPIC, 'other'])).toEqual([
          { ...P0, startOffset: 0, endOffset: 0 },
          { ...P1, startOffset: 0, endOffset: 2 },
          { topic: 'other', partition: 0, startOffset: 0, endOffset: 0 },
        ]);
      }));

    describeRefusals(open);
    describeTimestamps(open);
  });
}

function describeRefusals(open: () => Promise<LogUnderTest>): void {
  it('creates a topic once, and refuses another shape of it', () =>
    withLog(open, async (underTest) => {
      await underTest.log.ensureTopics([topic({ partitionCount: 2 })]);
      await appendTexts(underTest.log, P0, ['a']);
      const log = await underTest.reopen();
      await Promise.all([
        log.ensureTopics([topic({ partitionCount: 2 })]),
        log.ensureTopics([topic({ partitionCount: 2, messageBytesMax: 2048 })]),
      ]);
      expect((await readAll(log, P0)).map(text)).toEqual(['a']);
      await expectCode(log.ensureTopics([topic({ partitionCount: 3 })]), 'LOG_TOPIC_DIFFERS');
      await expectCode(
        log.ensureTopics([topic({ partitionCount: 2, timestamps: 'create' })]),
        'LOG_TOPIC_DIFFERS',
      );
      expect(await log.bounds([TOPIC])).toHaveLength(2);
    }));

  it('appends nothing of a call in which one message is too large', () =>
    withLog(open, async ({ log }) => {
      await log.ensureTopics([topic({ partitionCount: 2, messageBytesMax: 1000 })]);
      const fits = { value: new Uint8Array(1000) };
      const tooLarge = { value: new Uint8Array(1001) };
      const calls = [
        [{ ...P0, messages: [fits, tooLarge] }],
        [
          { ...P0, messages: [fits] },
          { ...P1, messages: [tooLarge] },
        ],
      ];
      for (const batches of calls) await expectCode(log.append(batches), 'LOG_MESSAGE_TOO_LARGE');
      expect(await log.bounds([TOPIC])).toMatchObject([{ endOffset: 0 }, { endOffset: 0 }]);
      expect(await log.append([{ ...P0, messages: [fits] }])).toEqual([0]);
    }));

  it('refuses topics and partitions that it does not have, and appends nothing of the call', () =>
    withLog(open, async ({ log }) => {
      await log.ensureTopics([topic()]);
      const known = { ...P0, messages: [{ value: bytes('a') }] };
      const unknownTopic = { topic: 'nowhere', partition: 0, messages: [] };
      await expectCode(log.append([known, unknownTopic]), 'LOG_TOPIC_UNKNOWN');
      await expectCode(log.append([known, { ...P1, messages: [] }]), 'LOG_PARTITION_UNKNOWN');
      await expectCode(log.read({ ...P1, fromOffset: 0, bytesMax: 1 }), 'LOG_PARTITION_UNKNOWN');
      await expectCode(log.bounds(['nowhere']), 'LOG_TOPIC_UNKNOWN');
      await expectCode(log.committed('group', ['nowhere']), 'LOG_TOPIC_UNKNOWN');
      await expectCode(log.consume({ group: 'group', topics: ['nowhere'] }), 'LOG_TOPIC_UNKNOWN');
      expect(await boundsOf(log, P0)).toMatchObject({ endOffset: 0 });
    }));
}

function describeTimestamps(open: () => Promise<LogUnderTest>): void {
  it('takes timestamps from the writer on create topics, in whatever order, and demands them', () =>
    withLog(open, async (underTest) => {
      await underTest.log.ensureTopics([topic({ timestamps: 'create' })]);
      const stamped = (timestampMs: number) => ({ value: bytes('a'), timestampMs });
      await underTest.log.append([{ ...P0, messages: [stamped(1_700_000_000_000), stamped(5)] }]);
      await expectCode(
        underTest.log.append([{ ...P0, messages: [stamped(7), { value: bytes('b') }] }]),
        'LOG_TIMESTAMP_MISSING',
      );
      // Numbers, and no times.
      for (const timestampMs of [NaN, Infinity, 1e300]) {
        await expectCode(
          underTest.log.append([{ ...P0, messages: [stamped(timestampMs)] }]),
          'LOG_TIMESTAMP_MISSING',
        );
      }
      const log = await underTest.reopen();
      expect((await readAll(log, P0)).map(({ timestampMs }) => timestampMs)).toEqual([1_700_000_000_000, 5]);
    }));

  it('assigns timestamps itself on append topics, and refuses the writer', () =>
    withLog(open, async ({ log, setClock }) => {
      await log.ensureTopics([topic()]);
      const beforeMs = Date.now();
      for (const nowMs of [5_000, 9_000_000, 4_000]) {
        setClock?.(nowMs);
        await appendTexts(log, P0, ['a']);
      }
      await expectCode(
        log.append([{ ...P0, messages: [{ value: bytes('b'), timestampMs: 1 }] }]),
        'LOG_TIMESTAMP_REFUSED',
      );
      const stamps = (await readAll(log, P0)).map(({ timestampMs }) => timestampMs);
      // A clock may leap and step back, and the log says what it said.
      if (setClock !== undefined) expect(stamps).toEqual([5_000, 9_000_000, 4_000]);
      // A broker on another machine has another clock, but not by a day.
      else for (const stamp of stamps) expect(Math.abs(stamp - beforeMs)).toBeLessThan(86_400_000);
    }));
}

/** A xorshift: cheap, and no two neighbouring seeds alike. */
function pseudoRandomBytes(seed: number, size: number): Uint8Array {
  const value = new Uint8Array(size);
  let state = (seed ^ 0x9e37_79b9) | 1;
  for (let index = 0; index < size; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    value[index] = state;
  }
  return value;
}
