import { isAppError } from '@burnline/core';
import type {
  AssignedPartition,
  CommittedPosition,
  ConsumerOptions,
  Delivery,
  EventLog,
  LogConsumer,
  PartitionAppend,
  PartitionId,
  TopicSpec,
} from '@burnline/runtime';
import type { ChildProcess } from 'node:child_process';
import type { Hold } from './hold.ts';

/** What a process asks of the log, by name: the port's methods, and those of its consumers by their number. */
type LogCall = { readonly id: number } & (
  | { readonly method: 'ensureTopics'; readonly args: [readonly TopicSpec[]] }
  | { readonly method: 'append'; readonly args: [readonly PartitionAppend[]] }
  | { readonly method: 'consume'; readonly args: [ConsumerOptions] }
  | { readonly method: 'read'; readonly args: [Parameters<EventLog['read']>[0]] }
  | { readonly method: 'bounds'; readonly args: [readonly string[]] }
  | { readonly method: 'committed'; readonly args: [string, readonly string[]] }
  | { readonly method: 'next'; readonly args: [number]; readonly consumer: number }
  | { readonly method: 'commit'; readonly args: [readonly CommittedPosition[]]; readonly consumer: number }
  | {
      readonly method: 'pause' | 'resume';
      readonly args: [readonly PartitionId[]];
      readonly consumer: number;
    }
  | { readonly method: 'close'; readonly args: []; readonly consumer: number }
);

/**
 * What a broker is to one process: serves its calls on the real log, and closes its consumers when the process ends. A call
 * that was under way then may still take effect, as with a broker.
 */
export class LogSession {
  readonly #log: EventLog;
  readonly #commits: Hold;
  readonly #consumers = new Map<number, LogConsumer>();
  readonly #positions = new Map<string, PartitionId & { readonly position: number }>();
  #consumerCount = 0;
  #isOver = false;
  #joinedAtMs: number | null = null;
  #caughtUpAtMs: number | null = null;

  constructor(log: EventLog, child: ChildProcess, commits: Hold) {
    this.#log = log;
    this.#commits = commits;
    child.on('message', (call: LogCall) => {
      void this.#answer(call).then((answer) => {
        // The process may be gone by now: then nobody waits.
        if (child.connected) child.send(answer, () => undefined);
      });
    });
    child.on('exit', () => {
      this.#isOver = true;
      for (const consumer of this.#consumers.values()) void consumer.close();
    });
  }

  /** When it was first given partitions, by `performance.now()`; null before. */
  get joinedAtMs(): number | null {
    return this.#joinedAtMs;
  }

  /** When it had first taken in everything that was in the log, by `performance.now()`; null before. */
  get caughtUpAtMs(): number | null {
    return this.#caughtUpAtMs;
  }

  async #answer(call: LogCall): Promise<object> {
    try {
      return { id: call.id, value: await this.#serve(call) };
    } catch (error) {
      const { code, message, outcome, remedy, details } = isAppError(error)
        ? error
        : { code: 'LOG_SESSION', message: String(error), outcome: 'halt', remedy: undefined, details: {} };
      return { id: call.id, error: { code, message, outcome, remedy, details } };
    }
  }

  #serve(call: LogCall): unknown {
    const log = this.#log;
    switch (call.method) {
      case 'ensureTopics':
        return log.ensureTopics(...call.args);
      case 'append':
        return log.append(...call.args);
      case 'read':
        return log.read(...call.args);
      case 'bounds':
        return log.bounds(...call.args);
      case 'committed':
        return log.committed(...call.args);
      case 'consume':
        return this.#consume(...call.args);
      case 'next':
        return this.#next(this.#consumer(call.consumer), ...call.args);
      case 'commit':
        return this.#commit(this.#consumer(call.consumer), ...call.args);
      case 'pause':
      case 'resume':
        return this.#consumer(call.consumer)[call.method](...call.args);
      case 'close':
        return this.#consumer(call.consumer).close();
    }
  }

  async #consume(options: ConsumerOptions): Promise<number> {
    const consumer = await this.#log.consume(options);
    // A process that died while it joined must not stay a member.
    if (this.#isOver) await consumer.close();
    this.#consumerCount += 1;
    this.#consumers.set(this.#consumerCount, consumer);
    return this.#consumerCount;
  }

  async #commit(consumer: LogConsumer, positions: readonly CommittedPosition[]): Promise<void> {
    await this.#commits.pass('commit');
    await consumer.commit(positions);
  }

  async #next(consumer: LogConsumer, waitMsMax: number): Promise<Delivery> {
    // Whoever asks for the next delivery has taken in the one before.
    if (this.#caughtUpAtMs === null && this.#positions.size > 0) await this.#lookWhetherCaughtUp();
    const delivery = await consumer.next(waitMsMax);
    if (delivery.kind === 'assigned') this.#noteAssigned(delivery.partitions);
    if (delivery.kind === 'messages') {
      const { topic, partition, messages } = delivery;
      this.#note({ topic, partition, position: messages.at(-1)!.offset + 1 });
    }
    return delivery;
  }

  #noteAssigned(partitions: readonly AssignedPartition[]): void {
    this.#joinedAtMs ??= performance.now();
    for (const { topic, partition, position } of partitions) this.#note({ topic, partition, position });
  }

  #note(position: PartitionId & { readonly position: number }): void {
    this.#positions.set(`${position.topic}/${position.partition}`, position);
  }

  async #lookWhetherCaughtUp(): Promise<void> {
    const topics = [...new Set([...this.#positions.values()].map(({ topic }) => topic))];
    const bounds = await this.#log.bounds(topics);
    const isBehind = bounds.some(({ topic, partition, endOffset }) => {
      return (this.#positions.get(`${topic}/${partition}`)?.position ?? -1) < endOffset;
    });
    if (!isBehind) this.#caughtUpAtMs = performance.now();
  }

  #consumer(number: number): LogConsumer {
    const consumer = this.#consumers.get(number);
    if (consumer === undefined) throw new Error(`no consumer ${number}`);
    return consumer;
  }
}
