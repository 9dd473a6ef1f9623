import { describe, expect, it } from 'vitest';
import { Appender } from './appender.ts';
import { settingsOf } from '../kafka-options.ts';

const TO = { topic: 't', partition: 0 };
const BATCH_BYTES_MAX = 1_000_000;

function appenderOf(onProduce: (batches: readonly Buffer[]) => void): Appender {
  let nextOffset = 0;
  return new Appender(
    {
      leaderOf: () => 1,
      refresh: () => Promise.resolve(),
      produce: (_leader, appends) => {
        onProduce(appends.map(({ batch }) => batch));
        return Promise.resolve(
          appends.map(({ topic, partition, batch }) => {
            const baseOffset = nextOffset;
            nextOffset += batch.readInt32BE(57);
            return { topic, partition, errorCode: 0, baseOffset };
          }),
        );
      },
    },
    settingsOf({ brokers: [], lingerMs: 0 }),
  );
}

describe('appending', () => {
  it('tells of messages that cannot be encoded, and sends what comes after them', async () => {
    const sent: Buffer[] = [];
    const appender = appenderOf((batches) => sent.push(...batches));
    const record = (timestampMs: number) => [{ value: Buffer.from('a'), timestampMs }];
    // A batch has 64 bits for a time.
    const bad = appender.append(TO, record(1e300), BATCH_BYTES_MAX);
    const other = appender.append({ ...TO, partition: 1 }, record(1), BATCH_BYTES_MAX);
    await expect(bad).rejects.toMatchObject({ code: 'LOG_WRITE_FAILED', details: TO });
    expect(await other).toEqual([0]);
    expect(await appender.append(TO, record(2), BATCH_BYTES_MAX)).toEqual([1]);
    expect(sent).toHaveLength(2);
  });
});
