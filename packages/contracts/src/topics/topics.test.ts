import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuidToBytes } from '../events/event-id.ts';
import { partitionOf, topicsOf } from './topics.ts';

const refused = expect.objectContaining({ code: 'CONTRACT_TOPIC_INVALID' }) as Error;
const DAY_MS = 86_400_000;

describe('the topics of a stream', () => {
  it('live, expire and take their time from the log', () => {
    const topics = topicsOf('eu-west', { partitionCount: 6, kind: 'live' });
    expect(topics.inference).toEqual({
      name: 'burnline.eu-west.inference',
      partitionCount: 6,
      timestamps: 'append',
      retentionMs: 7 * DAY_MS,
      retentionBytes: null,
      messagesKeptMin: 132_768,
      messageBytesMax: 1_000_000,
    });
    expect(topics.verdicts).toEqual({ ...topics.inference, name: 'burnline.eu-west.verdicts' });
    expect(topics.reports).toEqual({ ...topics.inference, name: 'burnline.eu-west.reports' });
  });

  it('replayed, are kept and take their time from the data', () => {
    const { inference } = topicsOf('replay-7', { partitionCount: 1, kind: 'replay' });
    expect(inference).toMatchObject({ timestamps: 'create', retentionMs: null });
  });

  it('are joined by three that all streams share, with one partition each', () => {
    const { decisions, checkpoints, deadLetters } = topicsOf('a', { partitionCount: 64, kind: 'replay' });
    expect(decisions).toMatchObject({
      name: 'burnline.decisions',
      partitionCount: 1,
      timestamps: 'append',
      retentionMs: null,
    });
    // By size: the last one must outlast any pause.
    expect(checkpoints).toMatchObject({
      name: 'burnline.decision-checkpoints',
      partitionCount: 1,
      timestamps: 'append',
      retentionMs: null,
      retentionBytes: 256 * 1_048_576,
    });
    expect(deadLetters).toMatchObject({
      name: 'burnline.dead-letters',
      partitionCount: 1,
      timestamps: 'append',
      retentionMs: 30 * DAY_MS,
    });
  });

  it.each(['', 'EU', 'a.b', 'a_b', 'x'.repeat(41), 'a b'])('refuse the name %j', (name) => {
    expect(() => topicsOf(name, { partitionCount: 1, kind: 'live' })).toThrow(refused);
  });

  it.each([0, -1, 1.5, Number.NaN, 1_025])('refuse %d partitions', (partitionCount) => {
    expect(() => topicsOf('live', { partitionCount, kind: 'live' })).toThrow(refused);
  });
});

describe('the partition of an event', () => {
  it('never changes', () => {
    const ids = ['0190b4e2-7c3a-7d1e-9f54-3b1c2a4d5e6f', '00000000-0000-0000-0000-000000000000'].map(
      uuidToBytes,
    );
    expect(ids.map((id) => [2, 4, 12, 64].map((count) => partitionOf(id, count)))).toEqual([
      [0, 2, 6, 30],
      [1, 1, 5, 25],
    ]);
  });

  it('is one of the partitions', () => {
    const ids = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 1_024 }), (id, count) => {
        expect(partitionOf(id, count)).toBeLessThan(count);
      }),
    );
  });

  it.each([
    [4, 6],
    [12, 15],
    [64, 12],
  ])(
    'is spread evenly over %d partitions though ids differ in byte %d alone or its neighbours',
    (count, byte) => {
      const draws = 60_000;
      const bins = new Array<number>(count).fill(0);
      const id = uuidToBytes('0190b4e2-7c3a-7d1e-9f54-3b1c2a4d5e6f');
      const view = new DataView(id.buffer);
      for (let index = 0; index < draws; index += 1) {
        view.setUint16(Math.min(byte, 14), index);
        bins[partitionOf(id, count)]! += 1;
      }
      // Chi-square with count - 1 degrees of freedom; six standard deviations above its mean.
      const mean = draws / count;
      const chiSquare = bins.reduce((sum, bin) => sum + (bin - mean) ** 2 / mean, 0);
      expect(chiSquare).toBeLessThan(count - 1 + 6 * Math.sqrt(2 * (count - 1)));
    },
  );
});
