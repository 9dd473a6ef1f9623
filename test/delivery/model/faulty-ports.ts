import { AppError } from '@burnline/core';
import type {
  BytesInsert,
  CommittedPosition,
  ConsumerOptions,
  Delivery,
  EventLog,
  LogConsumer,
  PartitionAppend,
  PartitionId,
  QueryParams,
  Store,
} from '@burnline/runtime';
import type { MemorySealTables } from './memory-seal-tables.ts';
import type { MemoryTables } from './memory-tables.ts';
import type { Random } from './random.ts';
import { answerQuery } from './table-queries.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface World {
  readonly time: VirtualTime;
  readonly tables: MemoryTables;
  readonly sealTables: MemorySealTables;
  readonly log: EventLog;
  /** Off at the end of a history, so that it can come to rest. */
  isFaulty: boolean;
  /** Called after every commit that took effect. */
  onCommit(group: string, positions: readonly CommittedPosition[]): void;
}

const never = new Promise<never>(() => undefined);
export const busy = (code: string): AppError =>
  new AppError(code, 'made busy by the history', { outcome: 'retry' });

/**
 * One process as its ports see it. Dead, nothing of it ever goes on. Fenced, it reads and writes as before and does not
 * know that its partitions belong to another: a zombie.
 */
export class Process {
  readonly #world: World;
  /** Its own: what one process draws does not hang on the others. */
  readonly random: Random;
  isDead = false;
  isFenced = false;
  consumer: GhostConsumer | null = null;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.random = random;
  }

  die(): Promise<never> {
    this.isDead = true;
    return never;
  }

  /** Time that a call takes; whatever waits for a dead process waits for ever. */
  async delay(waitsMs: readonly number[]): Promise<void> {
    const { random } = this;
    const { time } = this.#world;
    if (this.isDead) await never;
    const waitMs = random.pick(waitsMs);
    if (waitMs > 0) await time.wait(waitMs);
    if (this.isDead) await never;
  }

  get store(): Store {
    return {
      query: <Row>(sql: string, params?: QueryParams) => this.#query(sql, params ?? {}) as Promise<Row[]>,
      command: () => Promise.resolve(),
      insertRows: (table: string, rows: readonly object[]) =>
        rows.length === 0
          ? Promise.resolve()
          : this.#insert(table, rows as readonly Record<string, unknown>[]),
      insertBytes: (insert: BytesInsert) => this.#insert(insert.table, this.#world.tables.rowsOf(insert)),
      close: () => Promise.resolve(),
    };
  }

  get log(): EventLog {
    const { random } = this;
    const { log } = this.#world;
    return {
      ensureTopics: (topics) => log.ensureTopics(topics),
      append: async (batches: readonly PartitionAppend[]) => {
        await this.delay([0, 0, 5]);
        if (this.#world.isFaulty && random.chance(0.05)) throw busy('LOG_BUSY');
        return log.append(batches);
      },
      consume: async (options: ConsumerOptions) => {
        await this.delay([0, 3]);
        const inner = await log.consume({ ...options, deliveryBytesMax: random.pick([1, 1, 2_000, 50_000]) });
        this.consumer = new GhostConsumer(inner, options.group, this, this.#world);
        return this.consumer;
      },
      read: async (from) => {
        await this.delay([0, 4]);
        return log.read(from);
      },
      bounds: (topics) => log.bounds(topics),
      committed: (group, topics) => log.committed(group, topics),
      close: () => Promise.resolve(),
    };
  }

  async #query(sql: string, params: QueryParams): Promise<unknown[]> {
    const { random } = this;
    const { tables, sealTables } = this.#world;
    await this.delay([0, 0, 20]);
    if (this.#world.isFaulty && random.chance(0.05)) throw busy('STORE_UNREACHABLE');
    return answerQuery(tables, sealTables, { sql, params });
  }

  /** Any prefix of the rows, in any order, may arrive, whatever the answer. */
  async #insert(table: string, rows: readonly Record<string, unknown>[]): Promise<void> {
    const { random } = this;
    const { tables } = this.#world;
    await this.delay([0, 0, 30, 30, 700]);
    const fate = this.#world.isFaulty ? random.next() : 1;
    const shuffled = random.shuffled(rows);
    const isWhole = fate > 0.17 || (fate > 0.05 && fate < 0.09);
    const arrived = isWhole ? shuffled : shuffled.slice(0, random.below(rows.length + 1));
    for (const row of arrived) tables.apply(table, row);
    if (fate < 0.07) return this.die();
    if (fate < 0.17) throw busy('STORE_BUSY');
  }
}

/** A consumer that goes on delivering after the log has given its partitions to another. */
class GhostConsumer implements LogConsumer {
  readonly #inner: LogConsumer;
  readonly #group: string;
  readonly #process: Process;
  readonly #world: World;
  readonly #positions = new Map<string, PartitionId & { position: number }>();

  constructor(inner: LogConsumer, group: string, process: Process, world: World) {
    this.#inner = inner;
    this.#group = group;
    this.#process = process;
    this.#world = world;
  }

  async next(waitMsMax: number): Promise<Delivery> {
    await this.#process.delay([0, 0, 0, 10, 60]);
    const delivery = this.#process.isFenced
      ? await this.#readOn(waitMsMax)
      : await this.#inner.next(waitMsMax);
    // Fenced while it waited: its end must not be told.
    if (this.#process.isFenced && delivery.kind === 'revoked') return { kind: 'idle' };
    this.#remember(delivery);
    await this.#process.delay([0]);
    return delivery;
  }

  async commit(positions: readonly CommittedPosition[]): Promise<void> {
    const { random } = this.#process;
    const { isFaulty } = this.#world;
    await this.#process.delay([0, 5, 40]);
    if (this.#process.isFenced) throw new AppError('LOG_NOT_OWNER', 'fenced');
    if (isFaulty && random.chance(0.04)) throw busy('LOG_BUSY');
    if (isFaulty && random.chance(0.03)) return this.#process.die();
    await this.#inner.commit(positions);
    this.#world.onCommit(this.#group, positions);
    if (isFaulty && random.chance(0.03)) return this.#process.die();
  }

  pause(partitions: readonly PartitionId[]): void {
    this.#inner.pause(partitions);
  }

  resume(partitions: readonly PartitionId[]): void {
    this.#inner.resume(partitions);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #remember(delivery: Delivery): void {
    if (delivery.kind === 'assigned')
      for (const one of delivery.partitions) this.#positions.set(`${one.topic}/${one.partition}`, { ...one });
    if (delivery.kind === 'revoked')
      for (const one of delivery.partitions) this.#positions.delete(`${one.topic}/${one.partition}`);
    if (delivery.kind === 'messages') {
      const known = this.#positions.get(`${delivery.topic}/${delivery.partition}`)!;
      known.position += delivery.messages.length;
    }
  }

  async #readOn(waitMsMax: number): Promise<Delivery> {
    for (const { topic, partition, position } of this.#process.random.shuffled([
      ...this.#positions.values(),
    ])) {
      const messages = await this.#world.log.read({
        topic,
        partition,
        fromOffset: position,
        bytesMax: 2_000,
      });
      if (messages.length === 0) continue;
      const bounds = await this.#world.log.bounds([topic]);
      const { endOffset } = bounds.find((one) => one.partition === partition)!;
      return { kind: 'messages', topic, partition, messages, endOffset };
    }
    await this.#world.time.wait(waitMsMax);
    return { kind: 'idle' };
  }
}
