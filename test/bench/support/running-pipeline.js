import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { httpTransport } from '@burnline/publisher';
import { openStore } from '@burnline/runtime';
import { ownMemoryMib } from './memory.js';

const SCRIPT = fileURLToPath(new URL('./pipeline-process.js', import.meta.url));

/** A pipeline in a process of its own, with its engine in another, and what a benchmark asks of them. */
export class RunningPipeline {
  #child;
  #calls = new Map();
  #callCount = 0;
  #store;

  /** Resolves when the intake takes events. `retention` overrides that of the events' topic, `tenantCount` the usual 50, `threadCount` the usual one. */
  static async start(dataDirectory, { retention, tenantCount, threadCount } = {}) {
    const child = fork(SCRIPT, [JSON.stringify({ dataDirectory, retention, tenantCount, threadCount })]);
    const ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`the pipeline ended with ${signal ?? code}`);
    });
    const [{ ready }] = await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
    return new RunningPipeline(child, ready);
  }

  constructor(child, ready) {
    this.#child = child;
    Object.assign(this, ready);
    this.pid = child.pid;
    this.transport = httpTransport({ url: ready.intakeUrl, timeoutMs: 60_000 });
    this.#store = openStore({ url: ready.sqlUrl, user: 'analyst', password: '', database: 'burnline' });
    child.on('message', ({ id, result, error }) => {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(error));
    });
    child.on('exit', (code, signal) => {
      for (const { reject } of this.#calls.values())
        reject(new Error(`the pipeline ended with ${signal ?? code}`));
    });
  }

  call(method, argument) {
    return new Promise((resolve, reject) => {
      const id = (this.#callCount += 1);
      this.#calls.set(id, { resolve, reject });
      this.#child.send({ id, method, argument });
    });
  }

  query(sql) {
    return this.#store.query(sql);
  }

  /** As the pipeline's own user: no analyst may change anything. */
  command(sql) {
    return this.call('command', sql);
  }

  /** Offsets up to which rows are visible: { processor, sink }, each by partition. */
  async visible() {
    const rows = await this.query(
      `SELECT consumer, partition, max(position) AS position FROM watermarks WHERE topic = '${this.topic}' GROUP BY ALL`,
    );
    const found = { processor: [0, 0], sink: [0, 0] };
    for (const { consumer, partition, position } of rows) found[consumer][partition] = position;
    return found;
  }

  /** Where the log ends now, by partition. */
  async ends() {
    return (await this.call('bounds')).map(({ endOffset }) => endOffset);
  }

  /** Memory now, in MiB: { pipeline, engine }. */
  async memoryMib() {
    const [pipeline, engine] = await Promise.all([ownMemoryMib(this.pid), ownMemoryMib(this.enginePid)]);
    return { pipeline, engine };
  }

  async close() {
    await this.#store.close();
    const exited = once(this.#child, 'exit');
    await this.call('close');
    this.#child.disconnect();
    await exited;
  }

  /** kill -9; the engine notices it and stops by itself. */
  async kill() {
    await this.#store.close();
    const exited = once(this.#child, 'exit');
    process.kill(this.pid, 'SIGKILL');
    await exited;
  }
}
