import { expect, it, vi } from 'vitest';
import { openMemoryLog } from '../event-log/memory/open-memory-log.ts';
import { createLogger } from '../observability/logger.ts';
import { holdShards } from './shard-election.ts';
import { shardOf } from './shards.ts';

const TOPIC = 'shards';
const COUNT = 8;
const logger = createLogger({ name: 'test', level: 'silent' });

async function openLog() {
  const log = openMemoryLog({
    nowMs: () => 0,
    startTimer: (waitMs, done) => {
      const timer = setTimeout(done, Math.min(waitMs, 5));
      return () => {
        clearTimeout(timer);
      };
    },
  });
  await log.ensureTopics([
    {
      name: TOPIC,
      partitionCount: COUNT,
      timestamps: 'append',
      retentionMs: null,
      retentionBytes: null,
      messagesKeptMin: 0,
      messageBytesMax: 1_000,
    },
  ]);
  return log;
}

/** One process of an election: what it holds, and how many of its terms run. */
function member(log: Awaited<ReturnType<typeof openLog>>) {
  const state = { held: [] as readonly number[], runningTerms: 0, failure: null as Error | null };
  const controller = new AbortController();
  const ended = holdShards(
    { log, logger },
    {
      group: 'evaluators',
      topic: TOPIC,
      begin: ({ held, count }) => {
        expect(count).toBe(COUNT);
        state.held = held;
        state.runningTerms += 1;
        return {
          check: () => {
            if (state.failure !== null) throw state.failure;
          },
          stop: () => {
            state.runningTerms -= 1;
            state.held = [];
            return Promise.resolve();
          },
        };
      },
    },
    controller.signal,
  );
  const stop = async () => {
    controller.abort();
    await ended;
  };
  return { state, stop, ended };
}

it('gives each shard to one member at a time, and all of them to those who are left', async () => {
  const log = await openLog();
  const all = Array.from({ length: COUNT }, (_, shard) => shard);
  const first = member(log);
  await vi.waitFor(() => expect(first.state.held).toEqual(all));
  const second = member(log);
  const third = member(log);
  await vi.waitFor(() => {
    const held = [first, second, third].flatMap(({ state }) => state.held);
    expect(held.sort((left, right) => left - right)).toEqual(all);
    for (const { state } of [first, second, third]) expect(state).toMatchObject({ runningTerms: 1 });
  });
  await first.stop();
  expect(first.state.runningTerms).toBe(0);
  await vi.waitFor(() => {
    const held = [second, third].flatMap(({ state }) => state.held);
    expect(held.sort((left, right) => left - right)).toEqual(all);
  });
  await second.stop();
  await vi.waitFor(() => expect(third.state.held).toEqual(all));
  await third.stop();
  await log.close();
});

it('ends when its term fails, and leaves its shards to others', async () => {
  const log = await openLog();
  const failing = member(log);
  await vi.waitFor(() => expect(failing.state.runningTerms).toBe(1));
  failing.state.failure = new Error('the evaluation failed');
  await expect(failing.ended).rejects.toThrow('the evaluation failed');
  expect(failing.state.runningTerms).toBe(0);
  const other = member(log);
  await vi.waitFor(() => expect(other.state.held).toHaveLength(COUNT));
  await other.stop();
  await log.close();
});

it('spreads SLOs over the shards, and never moves one', () => {
  expect(['chat-availability', 'chat-latency', 'agent-cost'].map((slo) => shardOf(slo, COUNT))).toEqual([
    1, 4, 0,
  ]);
});
