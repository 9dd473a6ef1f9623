import { createHash } from 'node:crypto';
import type { AppError } from '@burnline/core';
import type {
  AssignedPartition,
  Delivery,
  EventLog,
  LogConsumer,
  LogErrorCode,
  LogMessage,
  PartitionId,
  TopicSpec,
} from '@burnline/runtime';
import { expect } from 'vitest';
import type { LogUnderTest } from './contract.ts';

/** Long enough for a broker's rebalance on a loaded machine; only a failure waits for it. */
const PATIENCE_MS = 45_000;
/** One wait of `next`: short, so that several consumers get their turns. */
const TURN_MS = 50;

export const TOPIC = 'events';

export function topic(changes: Partial<TopicSpec> = {}): TopicSpec {
  return {
    name: TOPIC,
    partitionCount: 1,
    timestamps: 'append',
    retentionMs: null,
    retentionBytes: null,
    messagesKeptMin: 0,
    messageBytesMax: 1024 * 1024,
    ...changes,
  };
}

/** Runs with a fresh log and destroys it, whatever happens. */
export async function withLog(
  open: () => Promise<LogUnderTest>,
  run: (underTest: LogUnderTest) => Promise<void>,
): Promise<void> {
  const underTest = await open();
  try {
    await run(underTest);
  } finally {
    await underTest.destroy();
  }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = ({ value }: LogMessage): string => new TextDecoder().decode(value);
export const checksum = (value: Uint8Array): string => createHash('sha256').update(value).digest('hex');

export async function appendTexts(log: EventLog, to: PartitionId, texts: readonly string[]): Promise<number> {
  const [first] = await log.append([{ ...to, messages: texts.map((value) => ({ value: bytes(value) })) }]);
  return first!;
}

/** All messages from an offset to the end, in as many reads as it takes. */
export async function readAll(log: EventLog, from: PartitionId, fromOffset = 0): Promise<LogMessage[]> {
  const messages: LogMessage[] = [];
  for (;;) {
    const next = (messages.at(-1)?.offset ?? fromOffset - 1) + 1;
    const read = await log.read({
      topic: from.topic,
      partition: from.partition,
      fromOffset: next,
      bytesMax: 256 * 1024,
    });
    if (read.length === 0) return messages;
    messages.push(...read);
  }
}

export async function boundsOf(log: EventLog, { topic: name, partition }: PartitionId) {
  const bounds = await log.bounds([name]);
  return bounds.find((other) => other.partition === partition)!;
}

export async function expectCode(promise: Promise<unknown>, code: LogErrorCode): Promise<void> {
  const outcome = await promise.then(
    () => 'resolved',
    (error: unknown) => error,
  );
  expect(outcome).toMatchObject({ code });
  expect((outcome as AppError).remedy).toMatch(/\w/);
}

/** What one consumer has been told so far, folded from its deliveries. */
export class Watched {
  readonly consumer: LogConsumer;
  readonly deliveries: Delivery[] = [];
  /** What it has now, by partition (of one topic unless the test says otherwise). */
  readonly owned = new Map<string, AssignedPartition>();
  readonly messages: (LogMessage & PartitionId)[] = [];

  constructor(consumer: LogConsumer) {
    this.consumer = consumer;
  }

  async turn(waitMs = TURN_MS): Promise<Delivery> {
    const delivery = await this.consumer.next(waitMs);
    this.deliveries.push(delivery);
    if (delivery.kind === 'assigned') {
      for (const assigned of delivery.partitions) this.owned.set(key(assigned), assigned);
    }
    if (delivery.kind === 'revoked') {
      for (const revoked of delivery.partitions) this.owned.delete(key(revoked));
    }
    if (delivery.kind === 'messages') {
      const { topic: name, partition } = delivery;
      this.messages.push(...delivery.messages.map((message) => ({ ...message, topic: name, partition })));
    }
    return delivery;
  }

  get ownedKeys(): string[] {
    return [...this.owned.keys()].sort();
  }

  textsOf(partition: number): string[] {
    return this.messages.filter((message) => message.partition === partition).map(text);
  }
}

export const key = ({ topic: name, partition }: PartitionId): string => `${name}/${partition}`;

/** Gives every consumer its turns until the condition holds; fails with what was seen when patience runs out. */
export async function turnsUntil(watched: readonly Watched[], holds: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  while (!holds()) {
    if (Date.now() > deadlineMs) {
      const seen = watched.map(({ deliveries }) => deliveries.map(({ kind }) => kind).join(' '));
      throw new Error(`the condition never held; the consumers saw: ${JSON.stringify(seen)}`);
    }
    for (const one of watched) await one.turn();
  }
}
