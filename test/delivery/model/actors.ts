import { createBatchDecoder, loadPackageSchemas } from '@burnline/contracts';
import { isAppError } from '@burnline/core';
import { createPaneWork, processorGroupOf, SpecCatalog } from '@burnline/counting';
import { SpecRollout } from '@burnline/judging';
import { StreamWorker, createLogger, ensureEpoch, type Clock, type StreamTopic } from '@burnline/runtime';
import { createRawWork } from '@burnline/sink';
import { Sealer } from '../../../packages/judging/dist/sealing/sealer.js';
import type { Process, World } from './faulty-ports.ts';
import { faultySealTables } from './faulty-sealing.ts';
import { backfillFromRaw } from './memory-backfill.ts';
import { sharingProjections } from './shared-decoder.ts';
import { SETTINGS, sloOf, type Rule } from './slos.ts';
import { EVENTS_TOPIC, PARTITION_COUNT, VERDICTS_TOPIC } from './traffic.ts';
import type { Content, Truth } from './truth.ts';

export const schemas = loadPackageSchemas();
const decoder = sharingProjections(createBatchDecoder(schemas));
const logger = createLogger({ name: 'model', level: 'silent' });

export const ROLES = ['processor', 'sink', 'sealer', 'rollout'] as const;
export type Role = (typeof ROLES)[number];
/** Rollouts come one after the other: two that want different SLOs would undo each other's work for ever. */
export const ACTORS_MAX: Readonly<Record<Role, number>> = { processor: 2, sink: 2, sealer: 2, rollout: 1 };

export const GROUPS: Readonly<Record<'processor' | 'sink', string>> = {
  processor: processorGroupOf('live'),
  sink: 'sink',
};

const TOPICS = [EVENTS_TOPIC, VERDICTS_TOPIC].map((topic): StreamTopic => ({
  stream: 'live',
  topic,
  clock: 'live',
  partitionCount: PARTITION_COUNT,
}));

export interface ActorParts {
  readonly process: Process;
  readonly world: World;
  readonly truth: Truth;
  /** The SLOs that the stream is to have. */
  readonly wanted: () => readonly Rule[];
}

/** Runs the real thing until the signal aborts. */
export function runActor(role: Role, parts: ActorParts, signal: AbortSignal): Promise<void> {
  switch (role) {
    case 'processor':
    case 'sink':
      return runWorker(role, parts, signal);
    case 'sealer':
      return runSealer(parts, signal);
    case 'rollout':
      return runRollout(parts, signal);
  }
}

function runWorker(
  role: 'processor' | 'sink',
  { process, world }: ActorParts,
  signal: AbortSignal,
): Promise<void> {
  const { store, log, random } = process;
  const parts = { log, store, clock: world.time.clock, logger, schemas };
  const flushIntervalMs = random.pick([50, 200, 500]);
  const options = { group: GROUPS[role], topics: TOPICS, settings: SETTINGS, flushIntervalMs };
  if (role === 'processor') {
    const catalog = new SpecCatalog(store);
    const work = createPaneWork({ store, settings: SETTINGS, catalog, schemas, decoder });
    return new StreamWorker(work, parts, options).run(signal);
  }
  const { repeatWindowMessages } = SETTINGS;
  const work = createRawWork({ store, log, logger, decoder, schemas, repeatWindowMessages });
  return new StreamWorker(work, parts, options).run(signal);
}

async function runSealer({ process, world }: ActorParts, signal: AbortSignal): Promise<void> {
  const { clock } = world.time;
  const { random } = process;
  const bounds = {
    closingsPerPage: 1 + random.below(9),
    pagesPerWalk: 1 + random.below(6),
    rowsPerStretchMax: 1 + random.below(40),
  };
  const sealer = new Sealer({ tables: faultySealTables(process, world), logger, clock, bounds });
  while (!signal.aborted && !process.isDead) {
    const hasMore = await unlessBusy(() => sealer.step());
    if (hasMore !== true) await clock.sleep(200, signal);
  }
}

async function runRollout({ process, world, truth, wanted }: ActorParts, signal: AbortSignal): Promise<void> {
  const { store, log, random } = process;
  // Clocks of machines differ.
  const skewMs = random.pick([0, 0, 3_000, -20_000]);
  const clock: Clock = { ...world.time.clock, nowMs: () => world.time.nowMs + skewMs };
  const backfill: ConstructorParameters<typeof SpecRollout>[0]['backfill'] = (job) =>
    backfillFromRaw({ process, world, truth }, job);
  const parts = { store, log, clock, logger, schemas, catalog: new SpecCatalog(store), backfill };
  let rollout: SpecRollout | null = null;
  let proposed: readonly Rule[] | null = null;
  while (!signal.aborted && !process.isDead) {
    await unlessBusy(async () => {
      rollout ??= new SpecRollout(parts, {
        name: 'live',
        kind: 'live',
        epochs: [
          await ensureEpoch({ store, log, nowMs: clock.nowMs() }, TOPICS[0]!, SETTINGS),
          await ensureEpoch({ store, log, nowMs: clock.nowMs() }, TOPICS[1]!, SETTINGS),
        ],
      });
      if (proposed !== wanted()) {
        proposed = wanted();
        rollout.propose(proposed.map((rule) => sloOf(rule.plan)));
      }
      await rollout.advance(signal);
    });
    await clock.sleep(50, signal);
  }
}

/** What is busy is asked again later. */
async function unlessBusy<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isAppError(error) && error.outcome === 'retry') return null;
    throw error;
  }
}

/** What a message announces that nobody made known to the truth: a rollout's mark, or nothing. */
export function readMark(value: Uint8Array): Content | null {
  const batch = decoder.decodeBatch(value);
  const [mark] = batch.kind === 'mark' ? batch.records : [];
  if (mark?.kind !== 'specs') return null;
  return { kind: 'specs', begun: mark.begun_specs, ended: mark.ended_specs };
}
