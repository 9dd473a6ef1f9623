/** Messages in one request, as many as a busy publisher sends at once: a quarter of a megabyte. */
const MESSAGES_PER_REQUEST = 10;
/** Requests under way: enough to keep the log's writer busy, and no more than some publishers have. */
const REQUESTS_AT_ONCE = 4;

/** Sends one request of new events to alternating partitions; resolves when they are durable. */
async function sendRequest(pipeline, pool, messageCount) {
  const nowMicros = Date.now() * 1_000;
  await pipeline.transport.send(
    Array.from({ length: messageCount }, (_, index) => {
      const { topic, partitionCount } = pipeline;
      const partition = index % partitionCount;
      return { topic, partition, messages: [{ value: pool.take(nowMicros, { partition, partitionCount }) }] };
    }),
  );
}

/** Sends so many messages as fast as they are taken. */
export async function sendAll(pipeline, pool, messageCount) {
  let rest = messageCount;
  const lane = async () => {
    while (rest > 0) {
      const count = Math.min(rest, MESSAGES_PER_REQUEST);
      rest -= count;
      await sendRequest(pipeline, pool, count);
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, lane));
}

/**
 * Sends at a steady rate for so long. A request that is late does not let the rate fall: those missed follow it.
 * `onSent(startedAtMs)` is called when a request is durable. Resolves with the number of messages.
 */
export async function sendSteadily(
  pipeline,
  pool,
  { messagesPerSecond, seconds, onSent = async () => undefined },
) {
  const messagesPerRequest = Math.max(2, Math.min(MESSAGES_PER_REQUEST, Math.round(messagesPerSecond / 20)));
  const startMs = performance.now();
  const total = Math.round(messagesPerSecond * seconds);
  let sent = 0;
  const lane = async () => {
    while (sent < total) {
      const due = startMs + (sent / messagesPerSecond) * 1_000;
      sent += messagesPerRequest;
      await sleep(due - performance.now());
      const sendMs = performance.now();
      await sendRequest(pipeline, pool, messagesPerRequest);
      await onSent(sendMs);
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, lane));
  return sent;
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** How often what is visible is looked at: as precise as the times below are. */
const LOOK_MS = 20;
const CONSUMERS = ['processor', 'sink'];

/** Looks at what is visible for as long as someone waits; one query at a time, whoever waits. */
export class VisibleWatch {
  #pipeline;
  #waiting = new Set();
  #isLooking = false;

  constructor(pipeline) {
    this.#pipeline = pipeline;
  }

  /** When all rows up to these offsets were visible, by the clock of performance.now: { processor, sink }. */
  until(ends) {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ ends, atMs: {}, resolve, reject });
      if (!this.#isLooking) void this.#look();
    });
  }

  async #look() {
    this.#isLooking = true;
    while (this.#waiting.size > 0) {
      try {
        const visible = await this.#pipeline.visible();
        for (const waiter of this.#waiting) this.#settle(waiter, visible);
      } catch (error) {
        for (const { reject } of this.#waiting) reject(error);
        this.#waiting.clear();
      }
      await sleep(LOOK_MS);
    }
    this.#isLooking = false;
  }

  #settle(waiter, visible) {
    for (const consumer of CONSUMERS) {
      const isVisible = waiter.ends.every((end, partition) => visible[consumer][partition] >= end);
      if (isVisible) waiter.atMs[consumer] ??= performance.now();
    }
    if (Object.keys(waiter.atMs).length < CONSUMERS.length) return;
    this.#waiting.delete(waiter);
    waiter.resolve(waiter.atMs);
  }
}

/** Watches memory until stopped; `stop` gives the peaks in MiB. */
export function watchMemory(pipeline) {
  const peak = { pipeline: 0, engine: 0 };
  let watching = true;
  const watched = (async () => {
    while (watching) {
      const now = await pipeline.memoryMib();
      for (const name of ['pipeline', 'engine']) peak[name] = Math.max(peak[name], now[name]);
      await sleep(500);
    }
  })();
  return {
    async stop() {
      watching = false;
      await watched;
      return peak;
    },
  };
}
