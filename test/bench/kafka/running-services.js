import { httpTransport } from '@burnline/publisher';
import { PARTITION_COUNT } from './bench-stream.js';
import { ServiceProcess } from './service-process.js';

const CONSUMERS = ['processor', 'sink'];

/** All services of one stream, each a process, with what the load and the watch of test/bench/support ask of a pipeline. */
export class RunningServices {
  partitionCount = PARTITION_COUNT;
  #bench;
  #services = [];

  /** `alerter` gives its variables; without it there is none. */
  static async start(bench, stream, { alerter } = {}) {
    const running = new RunningServices(bench, stream);
    try {
      await running.#start('collector', { BURNLINE_INTAKE_PORT: '0' });
      for (const name of CONSUMERS) await running.#start(name, {});
      if (alerter !== undefined) await running.#start('alerter', alerter);
      await Promise.all(running.#services.map((service) => service.ready()));
      const url = running.#services[0].said.intake;
      running.transport = httpTransport({ url, timeoutMs: 60_000 });
      return running;
    } catch (error) {
      await running.stop();
      throw error;
    }
  }

  constructor(bench, { name, topic }) {
    this.#bench = bench;
    this.name = name;
    this.topic = topic;
  }

  async #start(name, variables) {
    const environment = { ...this.#bench.environment, BURNLINE_STREAM: this.name, ...variables };
    this.#services.push(await ServiceProcess.start(name, environment));
  }

  /** Offsets up to which rows are visible: { processor, sink }, each by partition. */
  async visible() {
    for (const service of this.#services) service.check();
    const rows = await this.#bench.store.query(
      `SELECT consumer, partition, max(position) AS position FROM watermarks WHERE topic = '${this.topic}' GROUP BY ALL`,
    );
    const found = Object.fromEntries(CONSUMERS.map((name) => [name, Array(PARTITION_COUNT).fill(0)]));
    for (const { consumer, partition, position } of rows) found[consumer][partition] = Number(position);
    return found;
  }

  /** Where the log ends now, by partition. */
  async ends() {
    const bounds = await this.#bench.log.bounds([this.topic]);
    return bounds.toSorted((a, b) => a.partition - b.partition).map(({ endOffset }) => endOffset);
  }

  /** Peak resident memory by service, MiB. */
  async rssPeaksMib() {
    const peaks = await Promise.all(
      this.#services.map(async (service) => [service.name, await service.rssPeakMib()]),
    );
    return Object.fromEntries(peaks);
  }

  async stop() {
    await Promise.all(this.#services.map((service) => service.stop()));
  }
}
