import { createBatchDecoder, createBatchEncoder, loadPackageSchemas, partitionOf } from '@burnline/contracts';
import { createRandom } from './random.js';
import { eventOf } from './events.js';

/** What each renewal adds to the first word of every id: odd, so that 2^32 renewals pass before a word comes again. */
const ID_STEP = 0x9e3779b9;
const EVENT_ID_BYTES = 16;

/**
 * Encoded messages that can be sent again as new ones: `renew` gives every event of a message another id and time in
 * place, which takes far less than encoding, so that the load takes little of the machine that it measures.
 */
export class MessagePool {
  /** Each with `value` (bytes) and `starts` (where its events lie). */
  messages;
  bytesPerEvent;
  #next = 0;

  constructor({
    messageCount,
    eventsPerMessage = 100,
    tenantCount,
    seed = 7,
    latestMicros = Date.now() * 1_000,
    fields = {},
  }) {
    const schemas = loadPackageSchemas();
    const decoder = createBatchDecoder(schemas);
    const encoder = createBatchEncoder({ kind: 'inference', schemas });
    const random = createRandom(seed);
    this.messages = Array.from({ length: messageCount }, () => {
      for (let index = 0; index < eventsPerMessage; index += 1) {
        const taken = encoder.append({ ...eventOf(random, { latestMicros, tenantCount }), ...fields });
        if (!taken) throw new Error('a message is full before its time');
      }
      const value = encoder.finish();
      return {
        value,
        view: new DataView(value.buffer, value.byteOffset),
        starts: decoder.walkBatch(value).starts,
      };
    });
    this.eventsPerMessage = eventsPerMessage;
    const bytes = this.messages.reduce((sum, { value }) => sum + value.length, 0);
    this.bytesPerEvent = bytes / messageCount / eventsPerMessage;
  }

  /**
   * New ids; with `latestMicros` also new times, some of the 8 s before it; with `place` ({ partition, partitionCount }) ids
   * of that partition, as a publisher groups them.
   */
  renew({ value, view, starts }, latestMicros, place) {
    for (let index = 0; index < this.eventsPerMessage; index += 1) {
      const start = starts[index];
      const id = value.subarray(start, start + EVENT_ID_BYTES);
      do view.setUint32(start, view.getUint32(start) + ID_STEP);
      while (place !== undefined && partitionOf(id, place.partitionCount) !== place.partition);
      if (latestMicros !== undefined)
        writeLong(view, start + EVENT_ID_BYTES, latestMicros - ((index * 79_999) % 8_000_000));
    }
  }

  /** The next message, renewed. Its bytes are the pool's: they change when its turn comes again. */
  take(latestMicros, place) {
    const message = this.messages[this.#next];
    this.#next = (this.#next + 1) % this.messages.length;
    this.renew(message, latestMicros, place);
    return message.value;
  }
}

/** An Avro long over one of the same length: times of our age take eight bytes. */
function writeLong(view, start, value) {
  let rest = value * 2;
  let position = start;
  while (rest >= 0x80) {
    view.setUint8(position, (rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
    position += 1;
  }
  view.setUint8(position, rest);
}
