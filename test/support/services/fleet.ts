import { setTimeout as sleep } from 'node:timers/promises';
import { topicsOf } from '@burnline/contracts';
import { openKafkaLog, type Store } from '@burnline/runtime';
import { freePort } from '../kafka/ports.ts';
import { ServiceProcess, type ServiceRole } from './service-process.ts';

export interface FleetOptions {
  /** As services are told. */
  readonly brokers: readonly string[];
  /** Past any proxy. */
  readonly directBrokers: readonly string[];
  readonly databaseUrl: string;
  readonly store: Store;
  /** Several fleets may share brokers and database under names of their own. */
  readonly stream: string;
  readonly partitionCount: number;
  readonly specsFile: string;
  /** How many SLOs the file has. */
  readonly sloCount: number;
  readonly counts?: Partial<Readonly<Record<ServiceRole, number>>>;
  /** Settings of some services, beside those that a fleet needs. */
  readonly environments?: Partial<Readonly<Record<ServiceRole, Readonly<Record<string, string>>>>>;
  readonly replicationFactor?: number;
  readonly minInsyncReplicas?: number;
}

/** A session ends after so long without a sign of life: far above a pause of a busy machine, and no long wait for a test. */
export const SESSION_TIMEOUT_MS = 6_000;
const GROUP_ENVIRONMENT = {
  KAFKA_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
  KAFKA_HEARTBEAT_INTERVAL_MS: '1000',
  KAFKA_REBALANCE_TIMEOUT_MS: '10000',
};
const BEGIN_DEADLINE_MS = 120_000;
const LOOK_MS = 200;
const ROLES: readonly ServiceRole[] = ['processor', 'sink', 'collector', 'alerter'];

/** The services of one stream, as processes. */
export class Fleet {
  readonly stream: string;
  readonly partitionCount: number;
  readonly topic: string;
  readonly #intakeUrl: string;
  readonly store: Store;
  readonly directBrokers: readonly string[];
  readonly #options: FleetOptions;
  readonly #environments: Readonly<Record<ServiceRole, Readonly<Record<string, string>>>>;
  readonly #members: ServiceProcess[] = [];
  readonly #past: ServiceProcess[] = [];

  private constructor(options: FleetOptions, intakePort: number) {
    this.#options = options;
    this.stream = options.stream;
    this.partitionCount = options.partitionCount;
    this.topic = topicsOf(options.stream, { ...options, kind: 'live' }).inference.name;
    this.#intakeUrl = `http://127.0.0.1:${intakePort}`;
    this.store = options.store;
    this.directBrokers = options.directBrokers;
    const common = {
      KAFKA_BROKERS: options.brokers.join(','),
      BURNLINE_STREAM: options.stream,
      ...GROUP_ENVIRONMENT,
    };
    const database = {
      CLICKHOUSE_URL: options.databaseUrl,
      CLICKHOUSE_USER: 'burnline',
      CLICKHOUSE_PASSWORD: 'test',
    };
    this.#environments = {
      collector: { ...common, BURNLINE_INTAKE_PORT: String(intakePort) },
      processor: { ...common, ...database },
      sink: { ...common, ...database },
      alerter: { ...common, ...database, BURNLINE_SPECS: options.specsFile },
    };
  }

  /** Makes the topics and starts the services; returns when they are ready and count every event that comes from now on. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options, await freePort());
    await fleet.makeTopics();
    try {
      for (const role of ROLES)
        for (let count = options.counts?.[role] ?? 1; count > 0; count -= 1) await fleet.add(role);
      await fleet.ready();
      await fleet.untilCounted(`${fleet.topic}@1`);
      return fleet;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  /** Where a publisher sends what it has. */
  get intake(): { readonly intakeUrl: string; readonly stream: string; readonly partitionCount: number } {
    return { intakeUrl: this.#intakeUrl, stream: this.stream, partitionCount: this.partitionCount };
  }

  /** Those that run, or should. */
  members(role?: ServiceRole): readonly ServiceProcess[] {
    return this.#members.filter((member) => role === undefined || member.role === role);
  }

  async add(role: ServiceRole): Promise<ServiceProcess> {
    const own = this.#options.environments?.[role];
    const member = await ServiceProcess.start(role, { ...this.#environments[role], ...own });
    this.#members.push(member);
    return member;
  }

  /** No longer one of them: it ended, or is about to. */
  forget(member: ServiceProcess): void {
    const [gone] = this.#members.splice(this.#members.indexOf(member), 1);
    if (gone !== undefined) this.#past.push(gone);
  }

  /** `kill -9`, and another one in its place at once, as a supervisor does. */
  async killAndReplace(member: ServiceProcess): Promise<ServiceProcess> {
    await member.kill();
    this.forget(member);
    return this.add(member.role);
  }

  /** SIGTERM, and another one in its place once it has ended. Throws if it did not end in order. */
  async stopAndReplace(member: ServiceProcess): Promise<ServiceProcess> {
    await this.remove(member);
    return this.add(member.role);
  }

  /** SIGTERM. Throws if it did not end in order. */
  async remove(member: ServiceProcess): Promise<void> {
    const exit = await member.stop();
    if (exit.code !== 0) throw await member.failure('did not stop in order');
    this.forget(member);
  }

  /** Until every member is ready. */
  async ready(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.ready()));
  }

  /** Throws if a member ended and nobody asked for it. */
  async check(): Promise<void> {
    for (const member of this.#members) await member.check();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members, ...this.#past].map((member) => member.close()));
  }

  /** Those that are missing. */
  async makeTopics(): Promise<void> {
    const { directBrokers, replicationFactor = 1, minInsyncReplicas = 1 } = this.#options;
    const log = await openKafkaLog({ brokers: directBrokers, replicationFactor, minInsyncReplicas });
    await log.ensureTopics(Object.values(topicsOf(this.stream, { ...this.#options, kind: 'live' })));
    await log.close();
  }

  /** Until the alerter has announced the SLOs and the processors have begun to count them, in every partition of an epoch. */
  async untilCounted(epoch: string): Promise<void> {
    const deadline = performance.now() + BEGIN_DEADLINE_MS;
    for (;;) {
      const [row] = await this.store.query<{ count: number }>(
        `SELECT toUInt32(uniqExact(spec_rev, partition)) AS count FROM spec_begins WHERE stream_epoch = {epoch:String}`,
        { epoch },
      );
      if (row?.count === this.#options.sloCount * this.partitionCount) return;
      await this.check();
      if (performance.now() > deadline)
        throw new Error(`${this.stream}: after ${BEGIN_DEADLINE_MS} ms the SLOs are not counted yet`);
      await sleep(LOOK_MS);
    }
  }
}
