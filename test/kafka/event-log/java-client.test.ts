import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { describe, expect, inject, it } from 'vitest';
import { readAll, topic } from '../../contract/event-log/harness.ts';
import { javaLines } from '../../peers/java/java-process.ts';
import { findJava } from '../../support/kafka/java.ts';
import { kafkaJars } from '../../support/kafka/jars.ts';
import { withKafkaLog } from './own-names.ts';

const PROGRAM = fileURLToPath(new URL('JavaClient.java', import.meta.url));

/** Values that come to batches of one block of each size: some compress well, every third hardly. */
const values = [10, 60_000, 70_000, 250_000, 300_000, 900_000, 400, 1_000].map((byteCount, index) =>
  Buffer.from(
    Uint8Array.from({ length: byteCount }, (_, at) =>
      index % 3 === 2 && at % 4 > 0 ? Math.imul(at + index, 0x9e37_79b1) >>> 13 : (at * 31) % 97,
    ),
  ),
);

describe.skipIf(!inject('canStartKafka'))("Kafka's own client", () => {
  it('reads what was written with LZ4, in blocks of every size, and what it writes is read', () =>
    withKafkaLog({ brokers: inject('kafkaBrokers'), compression: 'lz4' }, async (log, names) => {
      const name = names.name('java');
      await log.ensureTopics([topic({ name })]);
      for (const value of values) await log.append([{ topic: name, partition: 0, messages: [{ value }] }]);
      const together = values.filter((value) => value.length < 100_000);
      await log.append([{ topic: name, partition: 0, messages: together.map((value) => ({ value })) }]);

      const written = [...values, ...together];
      const java = await findJava();
      const args = ['-cp', `${await kafkaJars()}/*`, PROGRAM, inject('kafkaBrokers').join(','), name];
      const lines = await javaLines(java, args, { deadlineMs: 60_000 });
      expect(lines).toEqual(written.map((value) => `${value.length} ${crc32(value)}`));

      const read = await readAll(log, { topic: name, partition: 0 });
      expect(read.map((message) => crc32(Buffer.from(message.value)))).toEqual(
        [...written, ...written].map((value) => crc32(value)),
      );
    }));
});
