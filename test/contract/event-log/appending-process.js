// Appends to an embedded log until it is killed or refused, and prints what is acknowledged, one line each.
// Arguments: directory, seed, how often retention runs in the background (ms).
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openEmbeddedLog } from '@burnline/runtime';

const TOPIC = 'events';
const PARTITION_COUNT = 3;
const CONCURRENT_CALLS = 8;

const [directory, seedText, expiryIntervalText] = process.argv.slice(2);
let state = Number(seedText) | 1;
const random = () => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
};
// Synchronous and straight to the pipe: what was printed has left the process, whenever the signal comes.
const print = (line) => writeSync(1, `${line}\n`);
// Without a handler the signal of a file size limit would end the process before the error is seen.
process.on('SIGXFSZ', () => undefined);

/** A message that proves itself: the checksum of the rest comes first. */
const message = () => {
  const bytes = Buffer.alloc(32 + Math.floor(random() * 20_000), Math.floor(random() * 256));
  createHash('sha256').update(bytes.subarray(32)).digest().copy(bytes);
  return bytes;
};

const appendForever = async (log) => {
  for (;;) {
    const partition = Math.floor(random() * PARTITION_COUNT);
    const messages = Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({ value: message() }));
    const [first] = await log.append([{ topic: TOPIC, partition, messages }]);
    const lines = messages.map(
      ({ value }, index) => `ack ${partition} ${first + index} ${value.toString('hex', 0, 32)}`,
    );
    print(lines.join('\n'));
  }
};

try {
  const log = await openEmbeddedLog({ directory, expiryIntervalMs: Number(expiryIntervalText) });
  await log.ensureTopics([
    {
      name: TOPIC,
      partitionCount: PARTITION_COUNT,
      timestamps: 'append',
      retentionMs: null,
      retentionBytes: 4 * 1024 * 1024,
      messagesKeptMin: 0,
      messageBytesMax: 65_536,
    },
  ]);
  print(`open ${process.pid}`);
  await Promise.all(Array.from({ length: CONCURRENT_CALLS }, () => appendForever(log)));
} catch (error) {
  print(`error ${JSON.stringify({ code: error.code, message: error.message, remedy: error.remedy })}`);
}
process.exit(0);
