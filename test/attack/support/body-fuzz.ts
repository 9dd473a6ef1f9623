import { createBatchEncoder, encodeMark } from '@burnline/contracts';
import { eventNumber } from '../../support/events.ts';
import { EVENT, TOPICS, framesOf, reportMessage, schemas } from './events.ts';

export type Random = () => number;

/** Tokens that parsers stumble over. */
export const ODDITIES = [
  '{', '}', '[', ']', '"', '\\', ',', ':', '\n', '\r', '\u0000', '\ufeff', '\ud800', '\\ud800', 'null', 'true', '-0', '1e999',
  '1e-999', '9007199254740993', '"__proto__":{"service":"x"}', '"constructor":1', '"service":1', '"event_id":"x"', '//', '/*', 'NaN',
  "'", '\u2028', '{"a":{"a":{"a":{"a":{}}}}}', '[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]', '"x":"' + 'y'.repeat(600) + '"',
]; // prettier-ignore

export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
export const below = (random: Random, limit: number): number => Math.floor(random() * limit);

/** Cuts, repeats, exchanges and inserts; one in four bodies stays as it is. */
export function mutate(random: Random, body: Buffer, insert: () => Buffer): Buffer {
  let mutated = body;
  const editCount = random() < 0.25 ? 0 : 1 + below(random, 4);
  for (let edit = 0; edit < editCount; edit += 1) {
    const [from, to] = [below(random, mutated.length + 1), below(random, mutated.length + 1)].sort(
      (a, b) => a - b,
    ) as [number, number];
    const [head, middle, tail] = [
      mutated.subarray(0, from),
      mutated.subarray(from, to),
      mutated.subarray(to),
    ];
    switch (below(random, 5)) {
      case 0:
        mutated = Buffer.concat([head, tail]);
        break;
      case 1:
        mutated = Buffer.concat([head, middle, middle, tail]);
        break;
      case 2:
        mutated = Buffer.concat([mutated.subarray(0, from), insert(), mutated.subarray(from)]);
        break;
      case 3:
        mutated = Buffer.from(mutated);
        if (mutated.length > 0) mutated[below(random, mutated.length)] = below(random, 256);
        break;
      default:
        mutated = head.length === 0 ? mutated : head;
    }
  }
  return mutated;
}

/** A body of events: an array, one per line or one alone, mostly broken somewhere. */
export function drawJsonBody(random: Random): Buffer {
  const events = Array.from({ length: 1 + below(random, 12) }, (_, index) => ({
    ...EVENT,
    attributes: { [`k${index}`]: 'v\u00fc"\\' },
    ...(random() < 0.2 ? { durationMs: 1 } : {}),
  }));
  const texts = events.map((event) => JSON.stringify(event, null, random() < 0.1 ? 1 : 0));
  const body = random() < 0.5 ? `[${texts.join(',')}]` : random() < 0.8 ? texts.join('\n') : texts[0]!;
  return mutate(random, Buffer.from(body), () => Buffer.from(pick(random, ODDITIES)));
}

/** A body of framed Avro batches, of any kind in any topic, mostly broken somewhere. */
export function drawFrames(random: Random): Buffer {
  const messages = [
    (): Uint8Array => {
      const encoder = createBatchEncoder({ kind: 'inference', schemas });
      for (let count = below(random, 5); count >= 0; count -= 1)
        encoder.append(eventNumber(below(random, 1e6)));
      return encoder.finish();
    },
    (): Uint8Array => reportMessage({ emitted_count: random() < 0.5 ? 3 : 1e14 }),
    (): Uint8Array => encodeMark({ kind: 'idle', marked_at: 1 }, schemas),
  ];
  const topics = [TOPICS.inference, TOPICS.inference, TOPICS.verdicts, TOPICS.reports, 'burnline.decisions'];
  const frames = Array.from({ length: 1 + below(random, 4) }, () => ({
    topic: pick(random, topics),
    partition: below(random, 3),
    value: pick(random, messages)(),
  }));
  const isLikely = random() < 0.4;
  const body = framesOf(
    ...(isLikely ? [{ topic: TOPICS.inference, partition: 0, value: messages[0]!() }] : frames),
  );
  return mutate(random, body, () => Buffer.from([below(random, 256), 0xff, 0xff, 0xff, below(random, 256)]));
}
