// Appends and reads per second of the embedded event log: node test/bench/event-log.js
// Environment, all optional: MESSAGE_BYTES (15,000), MESSAGES (6,000 per run), RUNS (7), DIRECTORY (the system's temporary one).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedLog } from '@burnline/runtime';

const TOPIC = 'events';
const PARTITION_COUNT = 4;
const MESSAGE_BYTES = Number(process.env.MESSAGE_BYTES ?? 15_000);
const MESSAGES = Number(process.env.MESSAGES ?? 6_000);
const RUNS = Number(process.env.RUNS ?? 7);

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const secondsOf = async (run) => {
  const startMs = performance.now();
  await run();
  return (performance.now() - startMs) / 1000;
};
const report = (name, messageCounts, seconds) => {
  const rates = seconds.map((second, index) => messageCounts[index] / second);
  const rate = median(rates);
  console.log(
    `${name.padEnd(44)} ${Math.round(rate).toLocaleString('en').padStart(9)} msg/s ${((rate * MESSAGE_BYTES) / 1e6).toFixed(0).padStart(6)} MB/s   (${rates.map((one) => Math.round(one)).join(' ')})`,
  );
};

const directory = mkdtempSync(join(process.env.DIRECTORY ?? tmpdir(), 'burnline-bench-'));
const log = await openEmbeddedLog({ directory, expiryIntervalMs: null });
await log.ensureTopics([
  {
    name: TOPIC,
    partitionCount: PARTITION_COUNT,
    timestamps: 'append',
    retentionMs: null,
    // Runs after the first reuse pages, as a log does that has reached its retention.
    retentionBytes: Math.max(MESSAGES * MESSAGE_BYTES, 2 * MESSAGE_BYTES),
    messagesKeptMin: 0,
    messageBytesMax: Math.max(MESSAGE_BYTES, 1),
  },
]);

const value = Buffer.alloc(MESSAGE_BYTES);
for (let index = 0; index < value.length; index += 1) value[index] = (index * 2_654_435_761) >>> 13;
let nextPartition = 0;
const append = (count) => {
  const partition = (nextPartition += 1) % PARTITION_COUNT;
  return log.append([
    { topic: TOPIC, partition, messages: Array.from({ length: count }, () => ({ value })) },
  ]);
};
/** So many callers, each waiting for its acknowledgement before it sends again, as the collector's connections do. */
const appendBy = async (callers, messagesPerCall) => {
  const calls = Math.ceil(MESSAGES / callers / messagesPerCall);
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let call = 0; call < calls; call += 1) await append(messagesPerCall);
    }),
  );
  return calls * callers * messagesPerCall;
};
const measureAppends = async (name, callers, messagesPerCall) => {
  const counts = [];
  const seconds = [];
  for (let run = 0; run < RUNS; run += 1) {
    let count = 0;
    seconds.push(
      await secondsOf(async () => {
        count = await appendBy(callers, messagesPerCall);
      }),
    );
    counts.push(count);
    await log.expire();
  }
  report(name, counts, seconds);
};

const readEverything = async () => {
  let count = 0;
  for (const { topic, partition, startOffset, endOffset } of await log.bounds([TOPIC])) {
    for (let offset = startOffset; offset < endOffset;) {
      const messages = await log.read({ topic, partition, fromOffset: offset, bytesMax: 1_048_576 });
      offset += messages.length;
      count += messages.length;
    }
  }
  return count;
};
const consumeEverything = async (group) => {
  const consumer = await log.consume({ group, topics: [TOPIC] });
  let count = 0;
  for (;;) {
    const delivery = await consumer.next(0);
    if (delivery.kind === 'idle') break;
    if (delivery.kind === 'messages') count += delivery.messages.length;
  }
  await consumer.close();
  return count;
};
const measureReads = async (name, read) => {
  const counts = [];
  const seconds = [];
  for (let run = 0; run < RUNS; run += 1) {
    let count = 0;
    seconds.push(
      await secondsOf(async () => {
        count = await read(`reader ${run}`);
      }),
    );
    counts.push(count);
  }
  report(name, counts, seconds);
};

console.log(
  `${MESSAGE_BYTES} bytes a message, ${MESSAGES} messages a run, medians of ${RUNS} runs (all in brackets)`,
);
try {
  await measureAppends('append, 1 caller, 1 message a call', 1, 1);
  await measureAppends('append, 32 callers, 1 message a call', 32, 1);
  await measureAppends('append, 256 callers, 1 message a call', 256, 1);
  await measureAppends('append, 8 callers, 64 messages a call', 8, 64);
  await measureReads('read, 1 MiB at a time', readEverything);
  await measureReads('consume, 1 MiB deliveries', consumeEverything);
} finally {
  await log.close();
  rmSync(directory, { recursive: true });
}
