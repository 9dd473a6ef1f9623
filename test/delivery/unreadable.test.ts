import { DEAD_LETTERS_TOPIC, createBatchDecoder, decodeDeadLetter, topicsOf } from '@burnline/contracts';
import { createLogger, createMemoryDisk, type StreamWork } from '@burnline/runtime';
import { createRawWork } from '@burnline/sink';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventNumber, messageOf } from '../support/events.ts';
import { OffsetsWork, Rig, TOPIC, schemas, type OffsetsSnapshot, type RunningWorker } from './model/rig.ts';
import { SETTINGS } from './model/slos.ts';

/** Where most of a partition cannot be read, and where reading fails unforeseen: a halt, at one message, for good. */
const GOOD = messageOf(schemas, [eventNumber(1)]);
const BAD = new Uint8Array([0x7b]);
/** Small, so that histories are: no more than the repeat window of the rig. */
const UNREADABLE = { windowMessages: 6, shareMax: 0.5, countMin: 3 };
const logger = createLogger({ name: 't', level: 'silent' });

async function openRig(): Promise<Rig> {
  const rig = new Rig({ disk: createMemoryDisk() });
  await rig.open();
  await rig.log.ensureTopics([topicsOf('live', { partitionCount: 1, kind: 'live' }).deadLetters]);
  return rig;
}

async function append(rig: Rig, isBad: boolean): Promise<void> {
  await rig.log.append([{ topic: TOPIC, partition: 0, messages: [{ value: isBad ? BAD : GOOD }] }]);
}

function startSink(rig: Rig): RunningWorker {
  const decoder = createBatchDecoder(schemas);
  const { repeatWindowMessages } = SETTINGS;
  const work = createRawWork({
    store: rig.store,
    log: rig.log,
    logger,
    decoder,
    schemas,
    repeatWindowMessages,
  });
  return rig.start(work, { over: { unreadable: UNREADABLE } });
}

async function letters(rig: Rig): Promise<ReadonlySet<number>> {
  const from = { topic: DEAD_LETTERS_TOPIC, partition: 0, fromOffset: 0, bytesMax: 1_000_000 };
  return new Set((await rig.log.read(from)).map(({ value }) => decodeDeadLetter(value).offset));
}

/** The first message with more bad ones than allowed before it and with it; by counting anew. */
function haltingOffset(log: readonly boolean[]): number | null {
  const found = log.findIndex((isBad, offset) => {
    const seen = log.slice(Math.max(0, offset + 1 - UNREADABLE.windowMessages), offset + 1);
    const badCount = seen.filter((one) => one).length;
    return isBad && badCount >= UNREADABLE.countMin && badCount * 2 > seen.length;
  });
  return found === -1 ? null : found;
}

describe('unreadable messages', () => {
  it('halt the sink at the same message, however often it starts again, and are letters before it alone', async () => {
    expect(UNREADABLE.windowMessages).toBeLessThanOrEqual(SETTINGS.repeatWindowMessages);
    // Each part of the log is followed by a pause long enough for a flush, and a start.
    const parts = fc.array(fc.array(fc.boolean(), { maxLength: 5 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(parts, async (log) => {
        const rig = await openRig();
        const halting = haltingOffset(log.flat());
        let offset = 0;
        for (const part of [...log, [], []]) {
          for (const isBad of part) await append(rig, isBad);
          offset += part.length;
          const worker = startSink(rig);
          await rig.time.pass(1_000);
          worker.stop.abort();
          await rig.time.pass(1_000);
          const isHalted = halting !== null && offset > halting;
          if (isHalted) {
            expect(worker.outcome).toMatchObject({
              code: 'DELIVERY_MOSTLY_UNREADABLE',
              outcome: 'halt',
              details: { offset: halting },
            });
          } else expect(worker.outcome).toBe('ended');
          expect((await rig.committed()) ?? 0).toBeLessThanOrEqual(halting ?? offset);
        }
        const bad = log.flat().flatMap((isBad, at) => (isBad ? [at] : []));
        const found = [...(await letters(rig))];
        if (halting === null) expect(found).toEqual(bad);
        else expect(found.filter((at) => at >= halting)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('that make the reading crash halt, and the halt names the position', async () => {
    const rig = await openRig();
    for (let count = 0; count < 3; count += 1) await append(rig, false);
    const offsets = new OffsetsWork();
    const crashing: StreamWork<OffsetsSnapshot> = {
      consumer: 'sink',
      writesMarks: false,
      heldMax: 1_000,
      open: async (assigned, epoch) => {
        const work = await offsets.open(assigned, epoch);
        const apply: typeof work.apply = (message) => {
          if (message.offset === 2) throw new TypeError('undefined is not a function');
          return work.apply(message);
        };
        return Object.defineProperties(
          { apply },
          {
            ...Object.getOwnPropertyDescriptors(work),
            apply: { value: apply },
          },
        ) as typeof work;
      },
      write: (snapshots) => offsets.write(snapshots),
    };
    const worker = rig.start(crashing);
    await rig.time.pass(1_000);
    expect(worker.outcome).toMatchObject({
      code: 'DELIVERY_MESSAGE_CRASHES',
      outcome: 'halt',
      details: { topic: TOPIC, partition: 0, offset: 2 },
    });
    expect(await rig.committed()).toBe(0);
  });
});
