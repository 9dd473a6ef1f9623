import { createBatchEncoder, uuidToBytes } from '@burnline/contracts';
import { BATCHES, TOPICS, framesOf, schemas } from '../../attack/support/events.ts';
import { eventNumber } from '../../support/events.ts';
import { amongThem, saidInJson, uuidOf, type RouteSample } from './dialect-sample.ts';

/** One message of one event. */
function messageOf(number: number): Uint8Array {
  const encoder = createBatchEncoder({ kind: 'inference', schemas });
  encoder.append({ ...eventNumber(number), event_id: uuidToBytes(uuidOf(number)) });
  return encoder.finish();
}

const bodyOf = (messages: readonly Uint8Array[]): Buffer =>
  framesOf(...messages.map((value) => ({ topic: TOPICS.inference, value })));

export const batchesSamples: readonly RouteSample[] = [
  {
    path: '/v1/batches',
    contentType: BATCHES['content-type'],
    topic: 'inference',
    body: (numbers) => bodyOf(numbers.map(messageOf)),
    idOf: uuidOf,
    mixed: (numbers) => {
      const { all, wrongIndexes } = amongThem(numbers.map(messageOf), messageOf(0).subarray(0, 20));
      return { body: bodyOf(all), wrongIndexes };
    },
    mixedIs: 'refused',
    hasIds: false,
    tellsEach: true,
    emptyIs: 400,
    read: saidInJson,
  },
];
