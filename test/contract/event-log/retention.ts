import type { AppError } from '@burnline/core';
import type { EventLog } from '@burnline/runtime';
import { describe, expect, it } from 'vitest';
import type { LogUnderTest } from './contract.ts';
import {
  appendTexts,
  boundsOf,
  bytes,
  expectCode,
  readAll,
  text,
  TOPIC,
  topic,
  turnsUntil,
  Watched,
  withLog,
} from './harness.ts';

const P0 = { topic: TOPIC, partition: 0 };
const MINUTE_MS = 60_000;

interface Retaining {
  readonly log: EventLog;
  readonly reopen: () => Promise<EventLog>;
  readonly setClock: (nowMs: number) => void;
  readonly expire: (log: EventLog) => Promise<void>;
}

export function describeRetention(open: () => Promise<LogUnderTest>): void {
  /** A log whose clock and retention cannot be driven, a broker, is not tested here: its own tests do it. */
  const withRetention = (run: (underTest: Retaining) => Promise<void>) =>
    withLog(open, async ({ log, reopen, setClock, expire }) => {
      if (setClock === undefined || expire === undefined) return;
      await run({ log, reopen, setClock, expire });
    });

  describe('retention', () => {
    for (const timestamps of ['append', 'create'] as const) {
      it(`expires by age, by its own append clock, and no more than that (${timestamps} timestamps)`, () =>
        withRetention(async ({ log, reopen, setClock, expire }) => {
          await log.ensureTopics([topic({ timestamps, retentionMs: 10 * MINUTE_MS })]);
          // The data's own time is from years ago: it must not count.
          const stamp = timestamps === 'create' ? { timestampMs: 1000 } : {};
          for (const minute of [0, 1, 2, 3]) {
            setClock(minute * MINUTE_MS);
            await log.append([{ ...P0, messages: [{ value: bytes(`${minute}`), ...stamp }] }]);
          }
          setClock(11 * MINUTE_MS);
          await expire(log);
          // Exactly ten minutes is not longer ago.
          expect((await readAll(log, P0, 1)).map(text)).toEqual(['1', '2', '3']);
          expect(await boundsOf(log, P0)).toMatchObject({ startOffset: 1, endOffset: 4 });
          await expectCode(log.read({ ...P0, fromOffset: 0, bytesMax: 100 }), 'LOG_OFFSET_EXPIRED');
          const reopened = await reopen();
          expect(await boundsOf(reopened, P0)).toMatchObject({ startOffset: 1, endOffset: 4 });
          setClock(60 * MINUTE_MS);
          await expire(reopened);
          expect(await boundsOf(reopened, P0)).toMatchObject({ startOffset: 4, endOffset: 4 });
          const empty = await reopen();
          expect(await boundsOf(empty, P0)).toMatchObject({ startOffset: 4, endOffset: 4 });
          expect(await empty.append([{ ...P0, messages: [{ value: bytes('new'), ...stamp }] }])).toEqual([4]);
        }));
    }

    it('expires by size, the oldest first, and no more than that, over many steps', () =>
      withRetention(async ({ log, reopen, expire }) => {
        await log.ensureTopics([topic({ retentionBytes: 10_000 }), topic({ name: 'kept' })]);
        for (let batch = 0; batch < 10; batch += 1) {
          const texts = Array.from({ length: 100 }, () => 'x'.repeat(100));
          await appendTexts(log, P0, texts);
          await appendTexts(log, { topic: 'kept', partition: 0 }, texts);
        }
        await expire(log);
        expect(await boundsOf(log, P0)).toMatchObject({ startOffset: 900, endOffset: 1000 });
        await expire(log);
        expect(await readAll(log, P0, 900)).toHaveLength(100);
        const reopened = await reopen();
        await appendTexts(reopened, P0, ['y'.repeat(150)]);
        await expire(reopened);
        expect(await boundsOf(reopened, P0)).toMatchObject({ startOffset: 902, endOffset: 1001 });
        expect(await readAll(reopened, { topic: 'kept', partition: 0 })).toHaveLength(1000);
      }));

    it('keeps the newest message whatever its size', () =>
      withRetention(async ({ log, expire }) => {
        await log.ensureTopics([topic({ retentionBytes: 100 })]);
        await appendTexts(log, P0, ['a'.repeat(50), 'b'.repeat(500)]);
        await expire(log);
        expect(await boundsOf(log, P0)).toMatchObject({ startOffset: 1, endOffset: 2 });
      }));

    for (const timestamps of ['append', 'create'] as const) {
      it(`never expires the newest messages that it is told to keep, whatever their age and size (${timestamps} timestamps)`, () =>
        withRetention(async ({ log, reopen, setClock, expire }) => {
          const limits = { retentionMs: MINUTE_MS, retentionBytes: 1, messagesKeptMin: 300 };
          await log.ensureTopics([topic({ ...limits, timestamps, partitionCount: 2 })]);
          const stamp = timestamps === 'create' ? { timestampMs: 1000 } : {};
          const append = (target: EventLog, partition: number, count: number) =>
            target.append([
              {
                topic: TOPIC,
                partition,
                messages: Array.from({ length: count }, (_, index) => ({
                  value: bytes(`${index}`),
                  ...stamp,
                })),
              },
            ]);
          setClock(0);
          await append(log, 0, 1_000);
          await append(log, 1, 299);
          setClock(1_000 * MINUTE_MS);
          await expire(log);
          expect(await boundsOf(log, P0)).toMatchObject({ startOffset: 700, endOffset: 1000 });
          expect((await readAll(log, P0, 700)).map(text)[0]).toBe('700');
          expect(await boundsOf(log, { topic: TOPIC, partition: 1 })).toMatchObject({ startOffset: 0 });
          const reopened = await reopen();
          await append(reopened, 0, 10);
          await expire(reopened);
          expect(await boundsOf(reopened, P0)).toMatchObject({ startOffset: 710, endOffset: 1010 });
          // Taken over when it is changed.
          await reopened.ensureTopics([
            topic({ ...limits, timestamps, partitionCount: 2, messagesKeptMin: 5 }),
          ]);
          setClock(2_000 * MINUTE_MS);
          await expire(reopened);
          expect(await boundsOf(reopened, P0)).toMatchObject({ startOffset: 1005, endOffset: 1010 });
        }));
    }

    it('keeps what stands behind a message from a clock that leapt', () =>
      withRetention(async ({ log, setClock, expire }) => {
        await log.ensureTopics([topic({ retentionMs: MINUTE_MS })]);
        for (const nowMs of [0, 500 * MINUTE_MS, MINUTE_MS]) {
          setClock(nowMs);
          await appendTexts(log, P0, ['a']);
        }
        setClock(5 * MINUTE_MS);
        await expire(log);
        expect(await boundsOf(log, P0)).toMatchObject({ startOffset: 1, endOffset: 3 });
      }));

    it('takes over a changed retention', () =>
      withRetention(async ({ log, setClock, expire }) => {
        setClock(0);
        await log.ensureTopics([topic()]);
        await appendTexts(log, P0, ['a']);
        await log.ensureTopics([topic({ retentionMs: MINUTE_MS })]);
        setClock(2 * MINUTE_MS);
        await expire(log);
        expect(await boundsOf(log, P0)).toMatchObject({ startOffset: 1, endOffset: 1 });
      }));

    it('tells a consumer that its position has expired instead of skipping, and serves its other partitions', () =>
      withRetention(async ({ log, setClock, expire }) => {
        setClock(0);
        await log.ensureTopics([topic({ partitionCount: 2, retentionMs: MINUTE_MS })]);
        await appendTexts(log, P0, ['a']);
        const reader = new Watched(await log.consume({ group: 'g', topics: [TOPIC] }));
        await turnsUntil([reader], () => reader.owned.size === 2);
        setClock(2 * MINUTE_MS);
        await appendTexts(log, P0, ['b']);
        await appendTexts(log, { topic: TOPIC, partition: 1 }, ['c']);
        await expire(log);
        const outcomes = [];
        for (let turn = 0; turn < 4; turn += 1) {
          outcomes.push(
            await reader.turn().then(
              ({ kind }) => kind,
              (error: unknown) => (error as AppError).code,
            ),
          );
        }
        expect(outcomes).toContain('LOG_OFFSET_EXPIRED');
        expect(reader.textsOf(1)).toEqual(['c']);
        expect(reader.textsOf(0)).toEqual([]);
        await reader.consumer.close();
        // The same at the next start: the committed offset stands, whatever has expired.
        const heir = new Watched(await log.consume({ group: 'g', topics: [TOPIC] }));
        await turnsUntil([heir], () => heir.owned.size === 2);
        expect(heir.owned.get('events/0')).toMatchObject({ startOffset: 1, position: 1, committed: null });
      }));
  });
}
