import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sleep } from '../support/load.js';

const START_MS_MAX = 120_000;
const STOP_MS_MAX = 30_000;
const running = new Set();
// Whoever measures is gone: so is the need for the services.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

/** A service as it is deployed: its own process, configured by environment, asked over its own HTTP interface. */
export class ServiceProcess {
  #child;
  #errors = [];
  name;
  url;
  /** What it logged with an address, such as the collector's intake. */
  said = {};

  /** Resolves when the operations server is there; `ready()` waits for the service itself. `nodeArguments` go to Node. */
  static async start(name, environment, nodeArguments = []) {
    const service = new ServiceProcess(name, environment, nodeArguments);
    await service.#until(() => service.url !== undefined, 'its address');
    return service;
  }

  constructor(name, environment, nodeArguments) {
    this.name = name;
    const main = fileURLToPath(new URL(`../../../services/${name}/dist/main.js`, import.meta.url));
    this.#child = spawn(process.execPath, [...nodeArguments, main], {
      env: { PATH: process.env.PATH, BURNLINE_HTTP_PORT: '0', BURNLINE_LOG_LEVEL: 'info', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this.#child);
    this.#child.once('exit', () => running.delete(this.#child));
    for (const stream of [this.#child.stdout, this.#child.stderr])
      createInterface({ input: stream }).on('line', (line) => this.#heard(line));
  }

  get pid() {
    return this.#child.pid;
  }

  #heard(line) {
    let record;
    try {
      record = JSON.parse(line);
    } catch {
      this.#errors.push(line);
      return;
    }
    if (record.operations !== undefined) this.url = record.operations;
    if (record.intake !== undefined) this.said.intake = record.intake;
    const isTrouble = ['warn', 'error'].includes(record.level) || record.level >= 40;
    if (isTrouble) this.#errors.push(line);
  }

  async ready() {
    await this.#until(async () => {
      const answer = await fetch(new URL('/ready', this.url)).catch(() => null);
      await answer?.arrayBuffer();
      return answer?.ok === true;
    }, 'to be ready');
  }

  async #until(holds, what) {
    const deadlineMs = performance.now() + START_MS_MAX;
    while (!(await holds())) {
      this.check();
      if (performance.now() > deadlineMs)
        throw new Error(`waited for the ${this.name}: ${what}\n${this.#tail()}`);
      await sleep(20);
    }
  }

  /** Throws if it has ended. */
  check() {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null)
      throw new Error(`the ${this.name} ended with ${signalCode ?? exitCode}\n${this.#tail()}`);
  }

  #tail() {
    return this.#errors.slice(-10).join('\n');
  }

  /** Messages of a topic that it has read and applied. */
  async appliedCount(topic) {
    const answer = await fetch(new URL('/metrics', this.url)).catch(async (error) => {
      // It may be ending: how is told a moment later, and says more.
      await sleep(1_000);
      this.check();
      throw error;
    });
    const text = await answer.text();
    const found = text.matchAll(/^burnline_messages_applied_total\{(.*)\} (\d+)$/gm);
    return [...found]
      .filter(([, labels]) => labels.includes(`topic="${topic}"`))
      .reduce((sum, [, , count]) => sum + Number(count), 0);
  }

  async rssPeakMib() {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) / 1_024;
  }

  /** SIGTERM, and SIGKILL where that takes too long. */
  async stop() {
    if (!running.has(this.#child)) return;
    const ended = once(this.#child, 'exit');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS_MAX);
    this.#child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  }
}
