import { describe, expect, it, vi } from 'vitest';
import type { PartitionId } from '../../event-log.ts';
import { logError, type LogError } from '../../log-errors.ts';
import { partitionKey } from '../../partitions.ts';
import { settingsOf } from '../kafka-options.ts';
import { errorOfCode } from '../wire/index.ts';
import { lookUpStarts } from './starts.ts';

const GROUP_AUTHORIZATION_FAILED = 30;
const TOPIC_AUTHORIZATION_FAILED = 29;
const { logger } = settingsOf({ brokers: [] });
const unreachable = logError('LOG_UNREACHABLE', 'away', { outcome: 'retry', remedy: 'Wait.' });

interface Answers {
  readonly topic?: (name: string) => Promise<object | null>;
  readonly committed?: () => Promise<never>;
  readonly bounds?: (partitions: readonly PartitionId[]) => void;
}

/** Runs the look-up in virtual time until it is over or `durationMs` has passed. */
async function lookedUp(
  partitions: readonly PartitionId[],
  answers: Answers,
  durationMs = 60_000,
): Promise<{ starts: string[]; failures: Map<string, LogError>; askedCount: number }> {
  vi.useFakeTimers();
  const [starts, failures] = [[] as string[], new Map<string, LogError>()];
  const counts = { asked: 0 };
  let isWanted = true;
  const topicOf = answers.topic ?? (() => Promise.resolve({}));
  const looking = lookUpStarts(
    {
      own: {
        retrying: async (_doing, work) => {
          counts.asked += 1;
          return work();
        },
        wire: {
          topic: (name) => topicOf(name) as never,
          leaderOf: ({ partition }) => partition,
        },
      },
      shared: {
        bounds: (asked) => {
          counts.asked += 1;
          answers.bounds?.(asked);
          return Promise.resolve(asked.map((one) => ({ ...one, startOffset: 3, endOffset: 9 })));
        },
        committed:
          answers.committed ??
          ((_, asked) =>
            Promise.resolve(
              asked.filter(({ topic }) => topic === 'b').map((one) => ({ ...one, offset: 5, metadata: 'm' })),
            )),
      },
      settings: { logger },
    },
    partitions,
    {
      group: 'g',
      isWanted: () => isWanted,
      onStarts: (found) => {
        for (const [one, { position }] of found) starts.push(`${partitionKey(one)}@${position}`);
      },
      onFailure: (one, error) => failures.set(partitionKey(one), error),
    },
  );
  await vi.advanceTimersByTimeAsync(durationMs);
  const { asked: askedCount } = counts;
  isWanted = false;
  await vi.advanceTimersByTimeAsync(10_000);
  await looking;
  vi.useRealTimers();
  return { starts, failures, askedCount };
}

const A = { topic: 'a', partition: 0 };
const B = { topic: 'b', partition: 0 };
const B1 = { topic: 'b', partition: 1 };

describe('where new partitions begin', () => {
  it('is the commit, else the start of the log', async () => {
    const { starts, failures } = await lookedUp([A, B, B1], {});
    expect(starts.sort()).toEqual(['a/0@3', 'b/0@5', 'b/1@5']);
    expect(failures.size).toBe(0);
  });

  it.each([TOPIC_AUTHORIZATION_FAILED, GROUP_AUTHORIZATION_FAILED])(
    'is not asked for again after an error that lasts (code %d)',
    async (code) => {
      const refused = () => Promise.reject(errorOfCode(code)!);
      const { starts, failures, askedCount } = await lookedUp([A], { committed: refused });
      expect(starts).toEqual([]);
      expect(failures.get('a/0')).toMatchObject({ code: 'LOG_REFUSED', outcome: 'halt' });
      expect(askedCount).toBeLessThan(5);
    },
  );

  it('is found for the other topics and leaders while one is refused, gone or away', async () => {
    const refused = await lookedUp([A, B], {
      topic: (name) =>
        name === 'a' ? Promise.reject(errorOfCode(TOPIC_AUTHORIZATION_FAILED)!) : Promise.resolve({}),
    });
    expect(refused.starts).toEqual(['b/0@5']);
    expect([...refused.failures.keys()]).toEqual(['a/0']);
    const gone = await lookedUp([A, B], { topic: (name) => Promise.resolve(name === 'a' ? null : {}) });
    expect(gone.starts).toEqual(['b/0@5']);
    expect(gone.failures.get('a/0')).toMatchObject({ code: 'LOG_TOPIC_UNKNOWN' });
    const away = await lookedUp([B, B1], {
      bounds: (asked) => {
        if (asked.some(({ partition }) => partition === 0)) throw unreachable;
      },
    });
    expect(away.starts).toEqual(['b/1@5']);
    expect(away.failures.size).toBe(0);
    // About once a second for a minute, and not as fast as it can.
    expect(away.askedCount).toBeLessThan(100);
  });

  it('is found once what was away has come back', async () => {
    let failures = 5;
    const { starts } = await lookedUp([A], {
      bounds: () => {
        if ((failures -= 1) >= 0) throw unreachable;
      },
    });
    expect(starts).toEqual(['a/0@3']);
  });
});
