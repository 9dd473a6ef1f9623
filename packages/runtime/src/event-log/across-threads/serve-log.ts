import type { MessagePort } from 'node:worker_threads';
import { invariant } from '@burnline/core';
import type {
  CommittedPosition,
  ConsumerOptions,
  Delivery,
  EventLog,
  LogConsumer,
  PartitionAppend,
  PartitionId,
  TopicSpec,
} from '../event-log.ts';
import { closedError } from '../log-errors.ts';
import { packMessages, toSent, type LogRequest, type PackedDelivery } from './protocol.ts';

/** A result, and buffers of it that are handed over. */
interface Answer {
  readonly result: unknown;
  readonly transfer?: readonly ArrayBuffer[];
}

const NOTHING: Answer = { result: undefined };

/**
 * Lets another thread use this thread's log through a port, by `openThreadLog` there. What that thread's consumers hold is
 * given back when its end of the port closes, however it ended. The log itself stays this thread's to close.
 */
export function serveLog(log: EventLog, port: MessagePort): void {
  const served = new ServedLog(log);
  const respond = async (request: LogRequest): Promise<void> => {
    try {
      const { result, transfer = [] } = await served.answer(request);
      port.postMessage({ id: request.id, result }, [...transfer]);
    } catch (error) {
      port.postMessage({ id: request.id, error: toSent(error) });
    }
  };
  port.on('message', (request: LogRequest) => {
    void respond(request);
  });
  port.on('close', () => {
    served.release();
  });
}

class ServedLog {
  readonly #log: EventLog;
  readonly #consumers = new Map<number, LogConsumer>();
  #consumerCount = 0;
  #isReleased = false;

  constructor(log: EventLog) {
    this.#log = log;
  }

  release(): void {
    this.#isReleased = true;
    // A consumer whose log is closed already is closed too.
    for (const consumer of this.#consumers.values()) void consumer.close().catch(() => undefined);
    this.#consumers.clear();
  }

  /** Async, so that what throws at once rejects. */
  async answer({ method, consumer, parameters }: LogRequest): Promise<Answer> {
    const [first, second] = parameters;
    if (consumer !== null) return this.#ofConsumer(consumer, method, first);
    switch (method) {
      case 'ensureTopics':
        await this.#log.ensureTopics(first as readonly TopicSpec[]);
        return NOTHING;
      case 'append':
        return { result: await this.#log.append(first as readonly PartitionAppend[]) };
      case 'consume':
        return { result: await this.#consume(first as ConsumerOptions) };
      case 'read': {
        const from = first as PartitionId & { readonly fromOffset: number; readonly bytesMax: number };
        const { packed, transfer } = packMessages(await this.#log.read(from));
        return { result: packed, transfer };
      }
      case 'bounds':
        return { result: await this.#log.bounds(first as readonly string[]) };
      default:
        invariant(method === 'committed', `a log has a method ${method}`);
        return { result: await this.#log.committed(first as string, second as readonly string[]) };
    }
  }

  async #consume(options: ConsumerOptions): Promise<number> {
    const consumer = await this.#log.consume(options);
    if (this.#isReleased) {
      await consumer.close();
      throw closedError();
    }
    this.#consumerCount += 1;
    this.#consumers.set(this.#consumerCount, consumer);
    return this.#consumerCount;
  }

  async #ofConsumer(number: number, method: string, parameter: unknown): Promise<Answer> {
    const consumer = this.#consumers.get(number);
    invariant(consumer !== undefined, `consumer ${number} is open`);
    switch (method) {
      case 'next':
        return packDelivery(await consumer.next(parameter as number));
      case 'commit':
        await consumer.commit(parameter as readonly CommittedPosition[]);
        return NOTHING;
      case 'pause':
        consumer.pause(parameter as readonly PartitionId[]);
        return NOTHING;
      case 'resume':
        consumer.resume(parameter as readonly PartitionId[]);
        return NOTHING;
      default:
        invariant(method === 'close', `a consumer has a method ${method}`);
        await consumer.close();
        return NOTHING;
    }
  }
}

function packDelivery(delivery: Delivery): Answer {
  if (delivery.kind !== 'messages') return { result: delivery };
  const { packed, transfer } = packMessages(delivery.messages);
  const result: PackedDelivery = { ...delivery, messages: packed };
  return { result, transfer };
}
