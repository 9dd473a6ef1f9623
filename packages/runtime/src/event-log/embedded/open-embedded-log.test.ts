import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InProcessEventLog } from '../in-process/in-process-log.ts';
import type { TopicSpec } from '../event-log.ts';
import { openEmbeddedLog, type EmbeddedLogOptions } from './open-embedded-log.ts';

const MIB = 1024 * 1024;
const SPEC: TopicSpec = {
  name: 'events',
  partitionCount: 2,
  timestamps: 'append',
  retentionMs: null,
  retentionBytes: null,
  messagesKeptMin: 0,
  messageBytesMax: MIB,
};

let directory: string;
const opened: InProcessEventLog[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'burnline-embedded-'));
});

afterEach(async () => {
  for (const log of opened.splice(0)) await log.close();
  await rm(directory, { recursive: true });
});

async function open(options: Partial<EmbeddedLogOptions> = {}, spec = SPEC): Promise<InProcessEventLog> {
  const log = await openEmbeddedLog({ directory, expiryIntervalMs: null, ...options });
  opened.push(log);
  await log.ensureTopics([spec]);
  return log;
}

function append(log: InProcessEventLog, sizes: readonly number[], partition = 0): Promise<readonly number[]> {
  const messages = sizes.map((size) => ({ value: new Uint8Array(size) }));
  return log.append([{ topic: SPEC.name, partition, messages }]);
}

describe('bounds', () => {
  it('rejects with LOG_DISK_FULL at its share of the disk, and goes on once retention has made room', async () => {
    const bytesMax = 8 * MIB;
    const log = await open({ bytesMax }, { ...SPEC, retentionBytes: MIB });
    const appendUntilFull = async () => {
      for (let count = 0; ; count += 1) {
        const outcome = await append(log, [1_000, 3_000, 20_000]).catch((error: unknown) => error);
        if (outcome instanceof Error) return { count, error: outcome };
      }
    };
    const { count, error } = await appendUntilFull();
    expect(error).toMatchObject({ code: 'LOG_DISK_FULL', outcome: 'retry' });
    expect(count * 24_000).toBeGreaterThan(0.7 * bytesMax);
    const { size } = await stat(join(directory, 'log.mdb'));
    expect(size).toBeLessThan(1.1 * bytesMax);
    expect(await log.expire()).toBeGreaterThan(0);
    const again = await appendUntilFull();
    expect(again.count * 24_000).toBeGreaterThan(0.5 * bytesMax);
    // What was refused has left no gap.
    const [bounds] = await log.bounds([SPEC.name]);
    expect(bounds!.endOffset).toBe(3 * (count + again.count));
    const messages = await log.read({
      topic: SPEC.name,
      partition: 0,
      fromOffset: bounds!.startOffset,
      bytesMax: 64 * MIB,
    });
    expect(messages.at(-1)!.offset).toBe(bounds!.endOffset - 1);
  });

  it('accounts for the room that a reopened log takes', async () => {
    const first = await open({ bytesMax: 2 * MIB });
    await append(
      first,
      Array.from({ length: 100 }, () => 15_000),
    );
    await first.close();
    const log = await open({ bytesMax: 2 * MIB });
    await expect(
      append(
        log,
        Array.from({ length: 30 }, () => 15_000),
      ),
    ).rejects.toMatchObject({ code: 'LOG_DISK_FULL' });
    expect(await append(log, [15_000])).toEqual([100]);
  });

  it('rejects with LOG_BUSY when more waits than memory may hold, and appends nothing of it', async () => {
    const log = await open({ pendingBytesMax: MIB });
    const outcomes = await Promise.allSettled([append(log, [700_000]), append(log, [700_000])]);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: [0] },
      { status: 'rejected', reason: { code: 'LOG_BUSY' } },
    ]);
    expect(await append(log, [700_000])).toEqual([1]);
  });

  it('applies retention in the background', async () => {
    const log = await open({ expiryIntervalMs: 5 }, { ...SPEC, retentionBytes: 50_000 });
    for (let count = 0; count < 20; count += 1) await append(log, [10_000]);
    const startOffset = async () => (await log.bounds([SPEC.name]))[0]!.startOffset;
    for (let wait = 0; wait < 1000 && (await startOffset()) < 15; wait += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await startOffset()).toBe(15);
  });
});

it('keeps the order of calls that do not wait for one another', async () => {
  const log = await open();
  const firstOffsets = await Promise.all(
    Array.from({ length: 500 }, (_, index) => append(log, [index % 7, 3], index % 2)),
  );
  expect(firstOffsets.flat()).toEqual(Array.from({ length: 500 }, (_, index) => index - (index % 2)));
});

it('agrees with a plain list about every message and bound, whatever is appended, expired and reopened', async () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('append'), size: fc.integer({ min: 1, max: 6_000 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('wait'), size: fc.integer({ min: -20, max: 60 }) }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: 'expire', size: 0 }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'reopen', size: 0 }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const home = await mkdtemp(join(directory, 'run-'));
      const spec = { ...SPEC, partitionCount: 1, retentionMs: 100, retentionBytes: 9_000 };
      let nowMs = 1_000;
      const reopen = async () => {
        const log = await openEmbeddedLog({ directory: home, nowMs: () => nowMs, expiryIntervalMs: null });
        await log.ensureTopics([spec]);
        return log;
      };
      let log = await reopen();
      const all: { readonly appendMs: number; readonly size: number }[] = [];
      let start = 0;
      for (const { kind, size } of steps) {
        if (kind === 'append') {
          await append(log, [size]);
          all.push({ appendMs: nowMs, size });
        } else if (kind === 'wait') nowMs += size;
        else if (kind === 'reopen') {
          await log.close();
          log = await reopen();
        } else {
          await log.expire();
          const isOver = () => all.slice(start).reduce((sum, one) => sum + one.size, 0) > 9_000;
          while (
            start < all.length &&
            (nowMs - all[start]!.appendMs > 100 || (isOver() && start < all.length - 1))
          )
            start += 1;
        }
        expect(await log.bounds([spec.name])).toMatchObject([{ startOffset: start, endOffset: all.length }]);
      }
      const messages = await log.read({ topic: spec.name, partition: 0, fromOffset: start, bytesMax: MIB });
      expect(
        messages.map(({ timestampMs, value }) => ({ appendMs: timestampMs, size: value.length })),
      ).toEqual(all.slice(start));
      await log.close();
    }),
    { numRuns: 30, seed: 20_260_803 },
  );
});

describe('opening', () => {
  it('rejects with LOG_UNWRITABLE where no directory can be made, and where its path is too long for the lock', async () => {
    await writeFile(join(directory, 'file'), '');
    const long = join(directory, 'd'.repeat(120));
    for (const bad of [join(directory, 'file', 'log'), long]) {
      await expect(openEmbeddedLog({ directory: bad })).rejects.toMatchObject({
        code: 'LOG_UNWRITABLE',
        remedy: expect.stringMatching(/directory/) as unknown,
      });
    }
  });

  it('rejects with LOG_CORRUPT what is not a log, and leaves the directory free', async () => {
    await writeFile(join(directory, 'log.mdb'), Buffer.alloc(20_000, 'not a log'));
    await expect(openEmbeddedLog({ directory })).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    await rm(join(directory, 'log.mdb'));
    await open();
  });

  it('takes a directory whose owner is gone, and clears away its socket', async () => {
    // A socket file whose listener has gone is what kill -9 leaves behind.
    const stale = join(directory, 'owner-1-0123abcd.sock');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(stale, resolve));
    await expect(openEmbeddedLog({ directory })).rejects.toMatchObject({
      code: 'LOG_IN_USE',
      details: { pid: 1 },
    });
    await new Promise((resolve) => server.close(resolve));
    await writeFile(stale, '');
    const log = await open();
    const sockets = async () => (await readdir(directory)).filter((name) => name.endsWith('.sock'));
    expect(await sockets()).toEqual([expect.stringMatching(`^owner-${process.pid}-`)]);
    await log.close();
    expect(await sockets()).toEqual([]);
  });

  it('lets at most one of several win that open at the same time', async () => {
    await mkdir(join(directory, 'race'));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 4 }, () => openEmbeddedLog({ directory: join(directory, 'race') })),
    );
    const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    opened.push(...won);
    expect(won.length).toBeLessThanOrEqual(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'LOG_IN_USE' });
    }
  });
});
