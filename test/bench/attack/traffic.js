import { createPublisher, httpTransport } from '@burnline/publisher';
import { MANY, OTHER } from './slos.js';

const TICK_MS = 20;

/** Good and bad events of both services, at an even rate, each service by a publisher of its own. */
export class Traffic {
  #publishers;
  #isBad = { [MANY]: false, [OTHER]: false };
  #emitted = { [MANY]: 0, [OTHER]: 0 };
  #timer;
  /** When the first bad event of each was emitted (performance.now). */
  firstBadMs = {};
  dropCount = 0;

  constructor(intakeUrl, { seriesCount, eventsPerSecond }) {
    const onDrop = ({ count }) => (this.dropCount += count);
    const publisherOf = (service) =>
      createPublisher({ transport: httpTransport({ url: intakeUrl }), service, environment: 'test', onDrop });
    this.#publishers = { [MANY]: publisherOf(MANY), [OTHER]: publisherOf(OTHER) };
    const startMs = performance.now();
    this.#timer = setInterval(() => {
      const seconds = (performance.now() - startMs) / 1_000;
      for (const [service, perSecond] of Object.entries(eventsPerSecond))
        while (this.#emitted[service] < Math.floor(seconds * perSecond)) this.#emit(service, seriesCount);
    }, TICK_MS);
  }

  #emit(service, seriesCount) {
    const isBad = this.#isBad[service];
    if (isBad) this.firstBadMs[service] ??= performance.now();
    this.#publishers[service].emit({
      model_requested: 'm',
      tenant: `t${this.#emitted[service] % seriesCount}`,
      status: isBad ? 'error' : 'ok',
      duration_ms: 900,
    });
    this.#emitted[service] += 1;
  }

  /** Every event of the service is bad from now on. */
  turnBad(service) {
    this.#isBad[service] = true;
  }

  get acknowledged() {
    return Object.values(this.#publishers).reduce((sum, one) => sum + one.counters().acknowledged, 0);
  }

  /** Emits no more and waits until everything is acknowledged; the number of events. */
  async stop() {
    clearInterval(this.#timer);
    await Promise.all(Object.values(this.#publishers).map((one) => one.close({ timeoutMs: 60_000 })));
    return this.acknowledged;
  }
}
