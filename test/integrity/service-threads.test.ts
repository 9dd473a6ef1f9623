import { topicsOf } from '@burnline/contracts';
import {
  openMemoryLog,
  runInThread,
  type EventLog,
  type Logger,
  type RunningStream,
} from '@burnline/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** Never asked anything here: it is connected to by the first statement. */
const NOWHERE = { url: 'http://127.0.0.1:1', user: 'x', password: 'x', database: 'x' };
const entry = new URL('./service-thread.js', import.meta.url).pathname;

let log: EventLog;
let lines: { readonly fields: object; readonly message: string }[];
const logger: Logger = {
  debug: () => undefined,
  info: (fields, message) => lines.push({ fields, message }),
  warn: (fields, message) => lines.push({ fields, message }),
  error: () => undefined,
  child: () => logger,
};

function streamNamed(name: string): RunningStream {
  const stream = { name, kind: 'live', partitionCount: 1 } as const;
  return { ...stream, topics: topicsOf(name, stream), epochs: [] };
}

function run(name: string, signal = new AbortController().signal, stopMsMax = 10_000): Promise<void> {
  const given = { entry, stream: streamNamed(name), database: NOWHERE, stopMsMax };
  return runInThread({ log, logger }, given, signal);
}

describe('a service in a thread of its own', () => {
  beforeEach(async () => {
    lines = [];
    log = openMemoryLog({ nowMs: Date.now });
    await log.ensureTopics([streamNamed('reads').topics.inference]);
  });
  afterEach(() => log.close());

  it('reads and commits through the log of the process, tells its lines there, and ends when it is told to', async () => {
    const { name: topic } = streamNamed('reads').topics.inference;
    const stopping = new AbortController();
    const running = run('reads', stopping.signal);
    const values = [5, 6, 7].map((byte) => ({ value: Uint8Array.of(byte) }));
    await log.append([{ topic, partition: 0, messages: values }]);
    await expect.poll(() => lines.length, { timeout: 20_000 }).toBe(1);
    expect(lines).toEqual([{ fields: { read: 3, bytes: [5, 6, 7] }, message: 'read' }]);
    expect(await log.committed('readers', [topic])).toMatchObject([{ offset: 3, metadata: '3' }]);
    stopping.abort();
    await running;
    // Its partition is given back: the next member has it at once.
    const heir = await log.consume({ group: 'readers', topics: [topic] });
    expect(await heir.next(0)).toMatchObject({ kind: 'assigned', partitions: [{ position: 3 }] });
  });

  it('that fails makes the process fail with its error, code and remedy included', async () => {
    await expect(run('fails')).rejects.toMatchObject({
      code: 'LOG_OFFSET_EXPIRED',
      message: 'too late',
      remedy: 'Be sooner.',
      outcome: 'halt',
      details: { offset: 7 },
    });
  });

  it('that throws where nobody catches it does so too', async () => {
    await expect(run('throws')).rejects.toThrow('nobody catches this');
  });

  it('that hears nothing is ended some time after it was told to: a stop has a bound', async () => {
    const stopping = new AbortController();
    const running = run('spins', stopping.signal, 200);
    await expect.poll(() => lines.length, { timeout: 20_000 }).toBe(1);
    stopping.abort();
    await running;
    expect(lines.at(-1)).toMatchObject({ fields: { waitedMs: 200 } });
  });

  it('that ends by itself is a failure: nobody would do its work', async () => {
    await expect(run('leaves')).rejects.toThrow('ended with 3 before it was asked to');
  });
});
