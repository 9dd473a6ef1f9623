import { createBatchDecoder, loadPackageSchemas, topicsOf } from '@burnline/contracts';
import { AppError, invariant, isAppError } from '@burnline/core';
import { SpecCatalog, createPaneWork } from '@burnline/processor';
import {
  StreamWorker,
  createLogger,
  createMemoryDisk,
  openMemoryLog,
  type CommittedPosition,
  type EventLog,
} from '@burnline/runtime';
import { createRawWork } from '@burnline/sink';
import { Process, type World } from './faulty-ports.ts';
import { MemoryTables } from './memory-tables.ts';
import { Random } from './random.ts';
import { PLANS, SETTINGS } from './slos.ts';
import { EVENTS_TOPIC, PARTITION_COUNT, Traffic, VERDICTS_TOPIC } from './traffic.ts';
import { Truth } from './truth.ts';
import { VirtualTime } from './virtual-time.ts';

const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);
const logger = createLogger({ name: 'model', level: 'silent' });
const TOPICS = [EVENTS_TOPIC, VERDICTS_TOPIC];
const PARTITIONS = TOPICS.flatMap((topic) => [0, 1].map((partition) => ({ topic, partition })));

type Role = 'processor' | 'sink';

interface Actor {
  readonly role: Role;
  readonly process: Process;
  readonly stop: AbortController;
  isOver: boolean;
}

export interface HistoryFigures {
  readonly messageCount: number;
  readonly crashCount: number;
  readonly zombieCount: number;
}

/** One random life of a stream: traffic, workers that come, go, die and haunt, a database that fails, a clock that errs. */
export class History {
  readonly #random: Random;
  readonly #time = new VirtualTime();
  readonly #truth: Truth;
  readonly #tables: MemoryTables;
  readonly #log: EventLog;
  readonly #traffic: Traffic;
  readonly #world: World;
  #actors: Actor[] = [];
  #clockSkewMs = 0;
  #failure: { readonly error: unknown } | null = null;
  #crashCount = 0;
  #zombieCount = 0;

  constructor(seed: number) {
    const random = new Random(seed);
    this.#random = random;
    const disk = createMemoryDisk();
    const nowMs = (): number => this.#time.nowMs + this.#clockSkewMs;
    this.#log = openMemoryLog({ nowMs, disk, startTimer: this.#time.startTimer });
    this.#truth = new Truth(disk);
    this.#tables = new MemoryTables(this.#truth);
    this.#traffic = new Traffic({ random, truth: this.#truth, log: this.#log, schemas });
    const onCommit = (group: string, positions: readonly CommittedPosition[]): void => {
      for (const position of positions) this.#checkCommit(group as Role, position);
    };
    this.#world = {
      random,
      time: this.#time,
      tables: this.#tables,
      log: this.#log,
      isFaulty: true,
      onCommit,
    };
  }

  async run(): Promise<HistoryFigures> {
    const topics = topicsOf('live', { partitionCount: PARTITION_COUNT, kind: 'live' });
    await this.#log.ensureTopics([topics.inference, topics.verdicts]);
    for (const sli of PLANS) {
      const row = { slo: sli.slo, spec_rev: sli.specRev, plan: JSON.stringify(sli) };
      this.#tables.apply('spec_revisions', row);
    }
    // Mostly a stream begins with its specs; at times they come after the first events.
    if (this.#random.chance(0.9)) await this.#traffic.announceAll(this.#time.nowMs);
    for (let steps = 25 + this.#random.below(40); steps > 0; steps -= 1) await this.#step();
    await this.#comeToRest();
    this.#checkEnd();
    const messageCount = PARTITIONS.reduce(
      (sum, { topic, partition }) => sum + this.#truth.of(topic, partition).added.length,
      0,
    );
    return { messageCount, crashCount: this.#crashCount, zombieCount: this.#zombieCount };
  }

  async #step(): Promise<void> {
    const random = this.#random;
    await this.#bury();
    for (const role of ['processor', 'sink'] as const)
      if (!this.#owners(role).length && random.chance(0.7)) this.#start(role);
    const chance = random.next();
    if (chance < 0.7) await this.#traffic.append(this.#time.nowMs);
    else if (chance < 0.76) this.#start(random.pick(['processor', 'sink']));
    else if (chance < 0.8) this.#anyActor()?.stop.abort();
    else if (chance < 0.86) await this.#haunt();
    else if (chance < 0.9) await this.#kill();
    else if (chance < 0.94) this.#clockSkewMs += random.pick([-40, -900, -3_000, 300, 5_000, 20_000]);
    await this.#time.pass(random.pick([0, 1, 15, 90, 300, 1_200]));
    if (this.#failure !== null) throw this.#failure.error;
  }

  #owners(role: Role): Actor[] {
    return this.#actors.filter((one) => one.role === role && !one.process.isFenced && !one.isOver);
  }

  #anyActor(): Actor | undefined {
    return this.#actors[this.#random.below(Math.max(1, this.#actors.length))];
  }

  #start(role: Role): void {
    if (this.#owners(role).length >= 2) return;
    const process = new Process(this.#world);
    const actor: Actor = { role, process, stop: new AbortController(), isOver: false };
    this.#actors.push(actor);
    this.#runWorker(actor).then(
      () => {
        actor.isOver = true;
      },
      (error: unknown) => {
        actor.isOver = true;
        // A stop does not wait for a busy database for ever; nothing else may end a worker.
        const isStopped = actor.stop.signal.aborted && isAppError(error) && error.outcome === 'retry';
        if (!isStopped) this.#failure ??= { error };
      },
    );
  }

  #runWorker({ role, process, stop }: Actor): Promise<void> {
    const { store, log } = process;
    const parts = { log, store, clock: this.#time.clock, logger, schemas };
    const options = {
      group: role,
      topics: TOPICS.map((topic) => ({
        stream: 'live',
        topic,
        clock: 'live' as const,
        partitionCount: PARTITION_COUNT,
      })),
      settings: SETTINGS,
      flushIntervalMs: this.#random.pick([50, 200, 500]),
    };
    if (role === 'processor') {
      const catalog = new SpecCatalog(store);
      const work = createPaneWork({ store, settings: SETTINGS, catalog, schemas, decoder });
      return new StreamWorker(work, parts, options).run(stop.signal);
    }
    const { repeatWindowMessages } = SETTINGS;
    const work = createRawWork({ store, logger, decoder, schemas, repeatWindowMessages });
    return new StreamWorker(work, parts, options).run(stop.signal);
  }

  /** The log notices that a process is gone, and gives its partitions to others. */
  async #bury(): Promise<void> {
    for (const actor of this.#actors.filter((one) => one.process.isDead && !one.isOver)) {
      actor.isOver = true;
      this.#crashCount += 1;
      await actor.process.consumer?.close();
    }
    this.#actors = this.#actors.filter((one) => !one.isOver);
  }

  async #kill(): Promise<void> {
    const actor = this.#anyActor();
    if (actor === undefined) return;
    void actor.process.die();
    await this.#bury();
  }

  async #haunt(): Promise<void> {
    const actor = this.#anyActor();
    if (actor === undefined || actor.process.consumer === null) return;
    actor.process.isFenced = true;
    this.#zombieCount += 1;
    await actor.process.consumer.close();
  }

  #checkCommit(role: Role, position: CommittedPosition): void {
    this.#tables.checkRowsBefore({ consumer: role, ...position, position: position.offset });
    const truth = this.#truth.of(position.topic, position.partition);
    const runningMaxMs = position.offset === 0 ? -1 : truth.runningMaxMs[position.offset - 1]!;
    const name = `${role} ${position.topic}/${position.partition}`;
    const [found, specSetId] = position.metadata.split(';specs=');
    invariant(found === `running-max-ms=${runningMaxMs}`, `${name}: metadata ${position.metadata}`);
    const isNamed = specSetId === undefined || this.#tables.specSet(specSetId) !== undefined;
    invariant(isNamed, `${name}: spec set ${specSetId ?? ''} is committed and not in the table`);
  }

  /** Faults end, zombies die, the living read to the end and stop in order. */
  async #comeToRest(): Promise<void> {
    this.#world.isFaulty = false;
    for (const actor of this.#actors.filter((one) => one.process.isFenced)) void actor.process.die();
    await this.#bury();
    await this.#time.pass(12_000);
    await this.#bury();
    for (const role of ['processor', 'sink'] as const) if (!this.#owners(role).length) this.#start(role);
    await this.#time.pass(12_000);
    for (const actor of this.#actors) actor.stop.abort();
    await this.#time.pass(12_000);
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#actors.some((actor) => !actor.isOver)) throw new AppError('MODEL', 'a worker did not stop');
  }

  #checkEnd(): void {
    let rawCount = 0;
    for (const { topic, partition } of PARTITIONS) {
      const truth = this.#truth.of(topic, partition);
      const position = truth.added.length;
      for (const consumer of ['processor', 'sink'])
        this.#tables.checkRowsBefore({ consumer, topic, partition, position });
      rawCount += truth.raw.reduce((sum, rows) => sum + rows.length, 0);
      const sums = this.#tables.sumsOf(topic, partition);
      for (const [key, counts] of truth.sums)
        invariant(sums.get(key)?.join() === counts.join(), `${topic}/${partition} ${key} differs at the end`);
    }
    invariant(this.#tables.rawCount === rawCount, 'raw rows are not as many as the log has events');
  }
}
