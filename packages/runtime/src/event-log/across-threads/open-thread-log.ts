import type { MessagePort } from 'node:worker_threads';
import type {
  CommittedPosition,
  ConsumerOptions,
  Delivery,
  EventLog,
  LogConsumer,
  LogMessage,
  PartitionAppend,
  PartitionBounds,
  PartitionId,
  TopicSpec,
} from '../event-log.ts';
import { closedError } from '../log-errors.ts';
import {
  fromSent,
  unpackMessages,
  type LogAnswer,
  type LogRequest,
  type PackedDelivery,
  type PackedMessages,
} from './protocol.ts';

/**
 * The log of the thread at the other end of the port, which serves it by `serveLog`. Closing it closes the port, and what its
 * consumers hold is given back; the log stays open for others. Calls reject with LOG_CLOSED once the port is closed at either end.
 */
export function openThreadLog(port: MessagePort): EventLog {
  return new ThreadLog(new Calls(port));
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Requests under way, by number. A consumer has one or two, an append its own: as many as their callers await. */
class Calls {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #isClosed = false;
  #onIdle: () => void = () => undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (answer: LogAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('error' in answer) waiting?.reject(fromSent(answer.error));
      else waiting?.resolve(answer.result);
      if (this.#waiting.size === 0) this.#onIdle();
    });
    port.on('close', () => {
      this.#end();
    });
  }

  call<Result>(
    method: string,
    parameters: readonly unknown[],
    consumer: number | null = null,
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (this.#isClosed) {
        reject(closedError());
        return;
      }
      this.#count += 1;
      const request: LogRequest = { id: this.#count, method, consumer, parameters };
      this.#waiting.set(request.id, { resolve: resolve as Waiting['resolve'], reject });
      this.#port.postMessage(request);
    });
  }

  /** What was asked for before is answered first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#waiting.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#port.close();
  }

  #end(): void {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.values()) reject(closedError());
    this.#waiting.clear();
    this.#onIdle();
  }
}

class ThreadLog implements EventLog {
  readonly #calls: Calls;
  readonly #consumers = new Set<LogConsumer>();

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.#calls.call('ensureTopics', [topics]);
  }

  append(batches: readonly PartitionAppend[]): Promise<readonly number[]> {
    // A view would bring all of its buffer with it.
    const copied = batches.map((batch) => ({
      ...batch,
      messages: batch.messages.map((message) => ({ ...message, value: Uint8Array.from(message.value) })),
    }));
    return this.#calls.call('append', [copied]);
  }

  async consume(options: ConsumerOptions): Promise<LogConsumer> {
    const number = await this.#calls.call<number>('consume', [options]);
    const consumer: LogConsumer = new ThreadConsumer(this.#calls, number, () =>
      this.#consumers.delete(consumer),
    );
    this.#consumers.add(consumer);
    return consumer;
  }

  async read({
    topic,
    partition,
    fromOffset,
    bytesMax,
  }: PartitionId & { readonly fromOffset: number; readonly bytesMax: number }): Promise<
    readonly LogMessage[]
  > {
    const from = { topic, partition, fromOffset, bytesMax };
    return unpackMessages(await this.#calls.call<PackedMessages>('read', [from]));
  }

  bounds(topics: readonly string[]): Promise<readonly PartitionBounds[]> {
    return this.#calls.call('bounds', [topics]);
  }

  committed(group: string, topics: readonly string[]): Promise<readonly CommittedPosition[]> {
    return this.#calls.call('committed', [group, topics]);
  }

  async close(): Promise<void> {
    // Their waits would keep it open; one whose thread is gone has nothing to give back.
    await Promise.allSettled([...this.#consumers].map((consumer) => consumer.close()));
    await this.#calls.close();
  }
}

/** A caller's object may have more to it than the port asks for, and not all of it may be able to cross. */
const idsOf = (partitions: readonly PartitionId[]): readonly PartitionId[] =>
  partitions.map(({ topic, partition }) => ({ topic, partition }));

class ThreadConsumer implements LogConsumer {
  readonly #calls: Calls;
  readonly #number: number;
  readonly #onClosed: () => void;

  constructor(calls: Calls, number: number, onClosed: () => void) {
    this.#calls = calls;
    this.#number = number;
    this.#onClosed = onClosed;
  }

  async next(waitMsMax: number): Promise<Delivery> {
    const delivery = await this.#call<PackedDelivery>('next', waitMsMax);
    if (delivery.kind !== 'messages') return delivery;
    return { ...delivery, messages: unpackMessages(delivery.messages) };
  }

  commit(positions: readonly CommittedPosition[]): Promise<void> {
    return this.#call(
      'commit',
      positions.map(({ topic, partition, offset, metadata }) => ({ topic, partition, offset, metadata })),
    );
  }

  pause(partitions: readonly PartitionId[]): void {
    this.#order('pause', idsOf(partitions));
  }

  resume(partitions: readonly PartitionId[]): void {
    this.#order('resume', idsOf(partitions));
  }

  close(): Promise<void> {
    this.#onClosed();
    return this.#call('close');
  }

  /** Takes effect before whatever is asked for next. It can only fail with the port, of which the next call tells. */
  #order(method: string, parameter: unknown): void {
    this.#call(method, parameter).catch(() => undefined);
  }

  #call<Result>(method: string, parameter?: unknown): Promise<Result> {
    return this.#calls.call(method, [parameter], this.#number);
  }
}
