import { backoffMs } from '@burnline/core';
import { BROKER_BACKOFF } from '../../lifecycle/retry-policies.ts';
import type { CommittedPosition, PartitionBounds, PartitionId } from '../event-log.ts';
import { closedError } from '../log-errors.ts';
import { groupedByTopic, partitionKey } from '../partitions.ts';
import { CONNECTING, isPassing, translated } from './client/client-errors.ts';
import type { KafkaSettings } from './kafka-options.ts';
import { noLeader } from './log-faults.ts';
import { sleep } from './waiting.ts';
import { createWire, errorOfCode, type KafkaWire } from './wire/index.ts';

/** A wire with patience: what fails for a passing reason is done again, with the brokers' roles looked up anew. */
export class Brokers {
  readonly wire: KafkaWire;
  readonly #settings: KafkaSettings;

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
    this.wire = createWire(settings);
  }

  /** Rejects with LOG_UNREACHABLE or LOG_REFUSED. */
  connect(): Promise<void> {
    return this.retrying(CONNECTING, () => this.wire.connect());
  }

  close(): Promise<void> {
    return this.wire.close();
  }

  /** Rejects with LOG_UNREACHABLE when patience runs out, at once with what will not pass. */
  async retrying<T>(doing: string, work: () => Promise<T>): Promise<T> {
    const deadlineMs = performance.now() + this.#settings.patienceMs;
    for (let failureCount = 1; ; failureCount += 1) {
      if (this.wire.isClosed) throw closedError();
      try {
        return await work();
      } catch (error) {
        if (!isPassing(error) || performance.now() > deadlineMs) throw translated(error, doing);
        this.#settings.logger.debug({ doing, error: String(error) }, 'Kafka is busy, trying again');
      }
      await sleep(backoffMs(BROKER_BACKOFF, failureCount));
      await this.wire.refresh();
    }
  }

  /** In the order asked for. Rejects as `retrying` does. */
  async bounds(partitions: readonly PartitionId[]): Promise<PartitionBounds[]> {
    return this.retrying('looking up offsets', async () => {
      for (const topic of groupedByTopic(partitions).keys()) await this.wire.topic(topic);
      const [starts, ends] = [
        await this.#offsets(partitions, 'start'),
        await this.#offsets(partitions, 'end'),
      ];
      return partitions.map(({ topic, partition }) => {
        const key = partitionKey({ topic, partition });
        return { topic, partition, startOffset: starts.get(key) ?? 0, endOffset: ends.get(key) ?? 0 };
      });
    });
  }

  async #offsets(partitions: readonly PartitionId[], of: 'start' | 'end'): Promise<Map<string, number>> {
    const byLeader = new Map<number, PartitionId[]>();
    for (const partition of partitions) {
      const leader = this.wire.leaderOf(partition);
      if (leader === null) throw noLeader(partition);
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition]);
    }
    const offsets = new Map<string, number>();
    for (const [leader, led] of byLeader) {
      for (const answer of await this.wire.offsets(leader, led, of)) {
        const error = errorOfCode(answer.errorCode);
        if (error !== null) throw error;
        offsets.set(partitionKey(answer), answer.offset);
      }
    }
    return offsets;
  }

  /** A group's commits, in the order asked for; partitions without one are left out. Rejects as `retrying` does. */
  committed(group: string, partitions: readonly PartitionId[]): Promise<readonly CommittedPosition[]> {
    return this.retrying('looking up commits', () => this.wire.group(group).committed(partitions));
  }
}
