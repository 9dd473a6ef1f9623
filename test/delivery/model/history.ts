import { topicsOf } from '@burnline/contracts';
import { AppError, invariant, isAppError } from '@burnline/core';
import {
  createMemoryDisk,
  openMemoryLog,
  type CommittedPosition,
  type EventLog,
  type MemoryDisk,
} from '@burnline/runtime';
import { ACTORS_MAX, GROUPS, ROLES, readMark, runActor, schemas, type Role } from './actors.ts';
import { Process, type World } from './faulty-ports.ts';
import type { HistoryPlan, Step } from './history-plan.ts';
import { MemorySealTables } from './memory-seal-tables.ts';
import { MemoryTables } from './memory-tables.ts';
import { Random } from './random.ts';
import { ANNOUNCED_PLANS, RULES, SETTINGS, type Rule } from './slos.ts';
import { PARTITIONS, Rest } from './rest.ts';
import { SpineReader } from './spine-reader.ts';
import { answerQuery } from './table-queries.ts';
import { PARTITION_COUNT, Traffic } from './traffic.ts';
import { Truth } from './truth.ts';
import { VirtualTime } from './virtual-time.ts';

const MINUTE_MS = 60_000;
/** A process that hears late that its partition is another's, after the log has dropped what that one committed. */
const EXPIRED = new Set(['LOG_OFFSET_EXPIRED', 'WARM_UP_EXPIRED', 'DELIVERY_START_EXPIRED']);

interface Actor {
  readonly name: string;
  readonly role: Role;
  readonly process: Process;
  readonly stop: AbortController;
  isOver: boolean;
}

export interface HistoryFigures {
  messageCount: number;
  crashCount: number;
  zombieCount: number;
  readCount: number;
  sealedCount: number;
  backfillCount: number;
  expiredCount: number;
}

/**
 * One random life of a stream: traffic; workers, sealers and rollouts that come, go, die and haunt; a database that fails,
 * a clock that errs, SLOs that change, a log that forgets; and readers at any moment.
 */
export class History {
  /** What happened, for people. */
  readonly said: string[] = [];
  readonly #plan: HistoryPlan;
  readonly #time = new VirtualTime();
  readonly #disk: MemoryDisk = createMemoryDisk();
  readonly #truth: Truth;
  readonly #sealTables = new MemorySealTables();
  readonly #tables: MemoryTables;
  readonly #log: EventLog;
  readonly #traffic: Traffic;
  readonly #rest: Rest;
  readonly #world: World;
  #wanted: readonly Rule[];
  /** What is brought back at times. */
  #wantedBefore: readonly Rule[] = [];
  #actors: Actor[] = [];
  #actorCount = 0;
  #readers: SpineReader[] = [];
  #clockSkewMs = 0;
  #failure: { readonly error: unknown } | null = null;
  readonly #figures: HistoryFigures = {
    messageCount: 0,
    crashCount: 0,
    zombieCount: 0,
    readCount: 0,
    sealedCount: 0,
    backfillCount: 0,
    expiredCount: 0,
  };

  constructor(plan: HistoryPlan) {
    const random = new Random(plan.seed);
    this.#plan = plan;
    this.#wanted = this.#drawSlos(random);
    const nowMs = (): number => this.#time.nowMs + this.#clockSkewMs;
    this.#log = openMemoryLog({ nowMs, disk: this.#disk, startTimer: this.#time.startTimer });
    this.#truth = new Truth(this.#disk, readMark);
    this.#tables = new MemoryTables(this.#truth, this.#sealTables);
    this.#rest = new Rest(this.#tables, this.#sealTables, this.#truth);
    this.#traffic = new Traffic({ random, truth: this.#truth, log: this.#log, schemas });
    const onCommit = (group: string, positions: readonly CommittedPosition[]): void => {
      for (const position of positions) this.#checkCommit(group, position);
    };
    this.#world = {
      time: this.#time,
      tables: this.#tables,
      sealTables: this.#sealTables,
      log: this.#log,
      isFaulty: true,
      onCommit,
    };
  }

  async run(): Promise<HistoryFigures> {
    const topics = topicsOf('live', { partitionCount: PARTITION_COUNT, kind: 'live' });
    await this.#log.ensureTopics([topics.inference, topics.verdicts, topics.deadLetters]);
    if (!this.#plan.rollsOut)
      for (const sli of ANNOUNCED_PLANS)
        this.#tables.apply('spec_revisions', {
          slo: sli.slo,
          spec_rev: sli.specRev,
          plan: JSON.stringify(sli),
        });
    if (this.#plan.beginsWithSpecs) await this.#beginWithSpecs();
    for (const step of this.#plan.steps) await this.#take(step);
    await this.#comeToRest();
    await this.#checkEnd();
    if (this.#plan.isRecreated) await this.#recreate();
    for (const at of PARTITIONS)
      this.#figures.messageCount += this.#truth.of(at.topic, at.partition).added.length;
    this.#figures.backfillCount = this.#tables.specs.backfilled.size;
    this.#figures.sealedCount = this.#sealTables.pointerRows.filter((row) => row.kind === 'hour').length;
    return this.#figures;
  }

  async #beginWithSpecs(): Promise<void> {
    if (!this.#plan.rollsOut) {
      await this.#traffic.announceAll(this.#time.nowMs);
      this.#say('announces everything');
      return;
    }
    // Nothing else is appended before: for as long as the rollout that may crash on the way.
    const isAnnounced = (): boolean =>
      PARTITIONS.every(({ topic, partition }) => this.#truth.of(topic, partition).added.length > 0);
    const random = new Random(this.#plan.seed + 1);
    while (this.#wanted.length > 0 && !isAnnounced()) {
      await this.#bury();
      this.#start('rollout', random);
      await this.#time.pass(200);
      this.#throwFailure();
    }
  }

  #say(text: string): void {
    this.said.push(`${String(this.#time.nowMs).slice(-9)} ${text}`);
  }

  async #take(step: Step): Promise<void> {
    const random = new Random(step.seed);
    await this.#bury();
    for (const role of ROLES)
      if (random.chance(0.7) && this.#owners(role).length === 0) this.#start(role, random);
    this.#say(`step ${step.number}: ${await this.#do(step, random)}`);
    await this.#time.pass(step.passMs);
    this.#throwFailure();
  }

  async #do({ kind }: Step, random: Random): Promise<string> {
    switch (kind) {
      case 'append':
        return this.#traffic.append(random, { nowMs: this.#time.nowMs, announces: !this.#plan.rollsOut });
      case 'propose':
        [this.#wanted, this.#wantedBefore] = [
          random.chance(0.4) ? this.#wantedBefore : this.#drawSlos(random),
          this.#wanted,
        ];
        return `the SLOs are to be ${this.#wanted.map(({ plan }) => `${plan.slo} ${plan.specRev}`).join(', ')}`;
      case 'start':
        return this.#start(random.pick(ROLES), random) ?? 'nothing starts';
      case 'stop': {
        const actor = this.#pick(random);
        actor?.stop.abort();
        return `${actor?.name ?? 'nobody'} is asked to stop`;
      }
      case 'haunt':
        return this.#haunt(random);
      case 'kill': {
        const actor = this.#pick(random);
        void actor?.process.die();
        await this.#bury();
        return `${actor?.name ?? 'nobody'} is killed`;
      }
      case 'skew': {
        this.#clockSkewMs += random.pick([-40, -900, -3_000, 300, 5_000, 20_000]);
        return `the log's clock is off by ${this.#clockSkewMs} ms`;
      }
      case 'leap': {
        const minutes = random.pick([6, 20, 45, 60, 100]);
        this.#finishReaders();
        this.#time.leap(minutes * MINUTE_MS);
        return `${minutes} minutes pass without anything`;
      }
      case 'expire':
        return `${this.#expire()} messages expire`;
      case 'read':
        return this.#read(random);
    }
  }

  /** Some SLOs, each in one of its forms. */
  #drawSlos(random: Random): readonly Rule[] {
    const names = [...new Set(RULES.map(({ plan }) => plan.slo))].filter(() => random.chance(0.7));
    return names.map((name) => random.pick(RULES.filter(({ plan }) => plan.slo === name)));
  }

  #owners(role: Role): Actor[] {
    return this.#actors.filter((one) => one.role === role && !one.process.isFenced && !one.isOver);
  }

  #pick(random: Random): Actor | undefined {
    return this.#actors[random.below(Math.max(1, this.#actors.length))];
  }

  #start(role: Role, random: Random): string | null {
    if (this.#owners(role).length >= ACTORS_MAX[role] || (role === 'rollout' && !this.#plan.rollsOut))
      return null;
    const process = new Process(this.#world, new Random(random.below(2 ** 32)));
    const name = `${role} ${(this.#actorCount += 1)}`;
    const actor: Actor = { name, role, process, stop: new AbortController(), isOver: false };
    this.#actors.push(actor);
    const parts = { process, world: this.#world, truth: this.#truth, wanted: () => this.#wanted };
    runActor(role, parts, actor.stop.signal).then(
      () => {
        actor.isOver = true;
      },
      (error: unknown) => {
        this.#noteEnd(actor, error);
      },
    );
    this.#say(`${name} starts`);
    return `${name} starts`;
  }

  /** A stop does not wait for a busy database for ever, and what is late may meet a log that forgot; nothing else ends anyone. */
  #noteEnd(actor: Actor, error: unknown): void {
    const isStopped = actor.stop.signal.aborted && isAppError(error) && error.outcome === 'retry';
    const isLate = isAppError(error) && EXPIRED.has(error.code) && this.#figures.expiredCount > 0;
    if (!isStopped && !isLate) this.#failure ??= { error };
    if (isLate) void actor.process.die();
    else actor.isOver = true;
  }

  #failureNow(): unknown {
    return this.#failure?.error ?? null;
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** The log notices that a process is gone, and gives its partitions to others. */
  async #bury(): Promise<void> {
    for (const actor of this.#actors.filter((one) => one.process.isDead && !one.isOver)) {
      actor.isOver = true;
      this.#figures.crashCount += 1;
      this.#say(`${actor.name} is dead`);
      await actor.process.consumer?.close();
    }
    this.#actors = this.#actors.filter((one) => !one.isOver);
  }

  async #haunt(random: Random): Promise<string> {
    const actor = this.#pick(random);
    if (actor === undefined || actor.process.consumer === null) return 'nobody is fenced';
    actor.process.isFenced = true;
    this.#figures.zombieCount += 1;
    await actor.process.consumer.close();
    return `${actor.name} is fenced and goes on`;
  }

  /** What every group has committed may go, but for the repeat window. */
  #expire(): number {
    let count = 0;
    for (const { topic, partition } of PARTITIONS) {
      this.#truth.of(topic, partition);
      const committed = Object.values(GROUPS).map(
        (group) => this.#disk.positions.get(group)?.get(`${topic}/${partition}`)?.offset ?? 0,
      );
      const stored = this.#disk.topics.get(topic)!.partitions[partition]!;
      const goneCount = Math.min(...committed) - SETTINGS.repeatWindowMessages - stored.startOffset;
      if (goneCount <= 0) continue;
      stored.messages = stored.messages.slice(goneCount);
      stored.startOffset += goneCount;
      count += goneCount;
    }
    this.#figures.expiredCount += count;
    return count;
  }

  async #read(random: Random): Promise<string> {
    const reader = await this.#openReader();
    const waitMs = random.pick([0, 300, 1_500, 4_000]);
    this.#readers.push(reader);
    this.#time.startTimer(waitMs, () => {
      if (this.#readers.includes(reader)) this.#finish(reader);
    });
    return `a reader looks pointers up, and reads ${waitMs} ms later`;
  }

  #openReader(): Promise<SpineReader> {
    const [tables, sealTables] = [this.#tables, this.#sealTables];
    const query = (sql: string): unknown[] => answerQuery(tables, sealTables, { sql, params: {} });
    return SpineReader.start({ query, tables, sealTables, truth: this.#truth, partitions: PARTITIONS });
  }

  #finish(reader: SpineReader): void {
    this.#readers = this.#readers.filter((one) => one !== reader);
    this.#figures.readCount += 1;
    try {
      reader.finish();
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  /** Nobody reads for minutes with pointers of once. */
  #finishReaders(): void {
    for (const reader of this.#readers) this.#finish(reader);
    this.#throwFailure();
  }

  #checkCommit(group: string, position: CommittedPosition): void {
    const consumer = group === GROUPS.processor ? 'processor' : 'sink';
    this.#tables.checkRowsBefore({ consumer, ...position, position: position.offset });
    const truth = this.#truth.of(position.topic, position.partition);
    const runningMaxMs = position.offset === 0 ? -1 : truth.runningMaxMs[position.offset - 1]!;
    const name = `${consumer} ${position.topic}/${position.partition}`;
    const [found, specSetId] = position.metadata.split(';specs=');
    invariant(found === `running-max-ms=${runningMaxMs}`, `${name}: metadata ${position.metadata}`);
    const isNamed = specSetId === undefined || this.#tables.specs.set(specSetId) !== undefined;
    invariant(isNamed, `${name}: spec set ${specSetId ?? ''} is committed and not in the table`);
  }

  /** Faults end, zombies die, the living read to the end, hours are sealed and dropped; then all stop in order. */
  async #comeToRest(): Promise<void> {
    const rest = this.#rest;
    this.#world.isFaulty = false;
    const random = new Random(this.#plan.seed + 2);
    for (const actor of this.#actors.filter((one) => one.process.isFenced)) void actor.process.die();
    await this.#passUntil(
      'everything is written',
      random,
      () => rest.isWritten() && (!this.#plan.rollsOut || rest.isRolledOut(this.#wanted)),
    );
    this.#finishReaders();
    this.#time.leap(120 * MINUTE_MS);
    await this.#passUntil('hours are sealed', random, () => rest.isSealed(this.#time.nowMs));
    this.#time.leap(10 * MINUTE_MS);
    await this.#passUntil('sealed rows are dropped', random, () => rest.isDropped());
    for (const actor of this.#actors) actor.stop.abort();
    await this.#passUntil('all have stopped', null, () => this.#actors.every((actor) => actor.isOver));
  }

  /** Lets time pass with one of each kind at work, if `random` is given to start it. */
  async #passUntil(name: string, random: Random | null, isSo: () => boolean): Promise<void> {
    for (let turns = 0; turns === 0 || !isSo(); turns += 1) {
      if (turns > 200) throw new AppError('MODEL', `it never happens: ${name}`);
      await this.#bury();
      for (const role of random === null ? [] : ROLES)
        if (this.#owners(role).length === 0) this.#start(role, random!);
      await this.#time.pass(250);
      this.#throwFailure();
    }
    this.#say(name);
  }

  async #checkEnd(): Promise<void> {
    for (const { topic, partition } of PARTITIONS) {
      const truth = this.#truth.of(topic, partition);
      const position = this.#rest.lastContent(topic, partition);
      for (const consumer of ['processor', 'sink'])
        this.#tables.checkRowsBefore({ consumer, topic, partition, position });
      const sums = this.#tables.sumsOf(topic, partition);
      for (const [key, counts] of truth.sums)
        invariant(sums.get(key)?.join() === counts.join(), `${topic}/${partition} ${key} differs at the end`);
    }
    (await this.#openReader()).finish(true);
  }

  /** Another log under the same name must stop whoever counted the old one. */
  async #recreate(): Promise<void> {
    this.#say('another log takes the place of this one');
    for (const { topic, partition } of PARTITIONS) {
      const { messages } = this.#disk.topics.get(topic)!.partitions[partition]!;
      const changed = messages.map((one) => ({ ...one, value: Buffer.from([...one.value, 0]) }));
      messages.splice(0, messages.length, ...changed);
    }
    const random = new Random(this.#plan.seed + 3);
    for (const role of ['processor', 'sink'] as const) {
      this.#failure = null;
      this.#start(role, random);
      for (let turns = 0; turns < 20 && this.#failureNow() === null; turns += 1) await this.#time.pass(250);
      const error = this.#failureNow();
      invariant(
        isAppError(error) && error.code === 'EPOCH_FINGERPRINT_DIFFERS',
        `a ${role} goes on with a log that was recreated: ${String(error)}`,
      );
    }
  }
}
