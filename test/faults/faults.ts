import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultProxy } from '../support/kafka/toxiproxy.ts';
import type { Toxic } from '../support/kafka/toxics.ts';
import { SESSION_TIMEOUT_MS, type Fleet } from '../support/services/fleet.ts';
import type { Rig } from '../support/services/rig.ts';
import type { ServiceRole } from '../support/services/service-process.ts';

interface FaultContext {
  readonly rig: Rig;
  readonly fleet: Fleet;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Something that goes wrong and is over when it resolves. */
export interface Fault {
  readonly name: string;
  /** What it befalls: two faults of one target at once would undo each other. */
  readonly target: ServiceRole | 'broker' | 'Kafka link' | 'database link';
  readonly strike: (context: FaultContext) => Promise<void>;
}

/** Long enough for a client to notice, short enough for many runs. */
const FAULT_MS = { min: 500, max: 4_000 };

const drawMs = ({ random }: FaultContext): number => FAULT_MS.min + random() * (FAULT_MS.max - FAULT_MS.min);

/** Each side hears nothing any more of the other: what was sent is lost on the way. */
async function withToxic(link: FaultProxy, toxic: Toxic, durationMs: number): Promise<void> {
  const name = await link.addToxic(toxic);
  await sleep(durationMs);
  await link.removeToxic(name);
}

export async function away(link: FaultProxy, durationMs: number): Promise<void> {
  await link.disable();
  await sleep(durationMs);
  await link.enable();
}

/** What can become of a link, by name. `half-closed` ones take what is sent and answer nothing, then end. */
export const LINK_FAULTS: readonly {
  readonly name: string;
  readonly strike: (link: FaultProxy, durationMs: number) => Promise<void>;
}[] = [
  {
    name: 'is slow',
    strike: (link, ms) => withToxic(link, { kind: 'latency', latencyMs: 300, jitterMs: 200 }, ms),
  },
  {
    name: 'is cut again and again',
    strike: (link, ms) => withToxic(link, { kind: 'reset_peer', afterMs: 300 }, ms),
  },
  {
    name: 'gives no answers and then ends',
    strike: (link, ms) => withToxic(link, { kind: 'timeout', afterMs: Math.round(ms / 2) }, ms),
  },
  {
    name: 'takes nothing and then ends',
    strike: (link, ms) =>
      withToxic(link, { kind: 'timeout', afterMs: Math.round(ms / 2), stream: 'upstream' }, ms),
  },
  {
    name: 'ends in mid-answer',
    strike: (link, ms) => withToxic(link, { kind: 'limit_data', bytes: 2_000 }, ms),
  },
  { name: 'is away', strike: away },
];

const KILLED: readonly ServiceRole[] = ['processor', 'sink', 'collector', 'alerter'];

/** What the random suite draws from. */
export const FAULTS: readonly Fault[] = [
  ...KILLED.map((role): Fault => ({
    name: `kill -9 of a ${role}`,
    target: role,
    async strike({ fleet, random }) {
      await fleet.killAndReplace(drawn(fleet.members(role), random));
    },
  })),
  ...(['processor', 'sink'] as const).map((role): Fault => ({
    name: `a ${role} stands still beyond its session`,
    target: role,
    async strike({ fleet, random }) {
      const zombie = drawn(fleet.members(role), random);
      zombie.pause();
      await sleep(SESSION_TIMEOUT_MS + 2_000);
      zombie.resume();
    },
  })),
  ...(['processor', 'sink'] as const).map((role): Fault => ({
    name: `the ${role}s are restarted one by one`,
    target: role,
    async strike({ fleet }) {
      for (const member of fleet.members(role)) await fleet.stopAndReplace(member);
    },
  })),
  {
    name: 'kill -9 of the broker',
    target: 'broker',
    async strike(context) {
      await context.rig.kafka.kill();
      await sleep(drawMs(context));
      await context.rig.kafka.restart();
    },
  },
  {
    name: 'the broker stands still',
    target: 'broker',
    async strike(context) {
      context.rig.kafka.pause();
      await sleep(drawMs(context));
      context.rig.kafka.resume();
    },
  },
  ...LINK_FAULTS.flatMap(({ name, strike }): Fault[] => [
    {
      name: `the link to Kafka ${name}`,
      target: 'Kafka link',
      strike: (context) => strike(context.rig.kafkaLink, drawMs(context)),
    },
    {
      name: `the link to ClickHouse ${name}`,
      target: 'database link',
      strike: (context) => strike(context.rig.databaseLink, drawMs(context)),
    },
  ]),
];

export function drawn<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to draw from');
  return item;
}
