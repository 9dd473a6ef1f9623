import type { SpecFile } from '@burnline/specs';
import type { SloPlan } from '@burnline/core';
import type { SpecCatalog } from '@burnline/counting';
import {
  type JudgedSpecs,
  recordSpecs,
  startBurnStage,
  startPeriodCloser,
  startRollout,
  startSealer,
} from '@burnline/judging';
import {
  STORE_RETRY,
  Supervision,
  createBells,
  retrying,
  shardOf,
  systemClock,
  type ShardShare,
  type StreamService,
  type Term,
} from '@burnline/runtime';
import { startActing } from './acting/start-acting.ts';
import { StreamSlos } from './deciding/stream-slos.ts';
import type { Receiver } from './receivers/receiver.ts';
import { startDecider } from './start-alerter.ts';

/** What the spec files say now, and whom a change of them is told. */
export interface Proposal {
  plans: readonly SloPlan[];
  /** The files that say so; null where none were named: the stream goes on with those that it has. */
  files: readonly SpecFile[] | null;
  changed: (plans: readonly SloPlan[]) => Promise<void>;
}

/** Who holds it does what is done once for all SLOs. */
const HOUSEKEEPING_SHARD = 0;

/** Judges the SLOs of a share of the shards until it is taken away. */
export function startTerm(
  service: StreamService & { readonly catalog: SpecCatalog },
  {
    judged,
    proposal,
    share,
    receivers,
  }: {
    readonly judged: JudgedSpecs;
    readonly proposal: Proposal;
    readonly share: ShardShare;
    readonly receivers: readonly Receiver[];
  },
): Term {
  const supervision = new Supervision(service.logger);
  // Judged and decided in one process; panes come from others.
  const host = { ...service, supervision, bells: createBells() };
  const { stream, watch } = service;
  watch?.expect(stream.name, share.held);
  const ofShare = heldOf(judged, share);
  const specs = {
    isSettled: true,
    get judged() {
      return ofShare();
    },
  };
  startBurnStage(host, stream, specs, { shards: share });
  startPeriodCloser(host, stream, specs);
  const slos = new StreamSlos();
  slos.add(stream.name, () => judged.known);
  startDecider(host, { slos, shards: share });
  if (share.held.includes(HOUSEKEEPING_SHARD)) {
    startSealer(host);
    startActing(host, { stream: stream.name, receivers });
    supervision.start('rollout', async () => {
      const { plans } = proposal;
      await recordProposal(host, proposal);
      const rollout = await startRollout(host, stream, plans);
      proposal.changed = async (changed) => {
        await recordProposal(host, proposal);
        rollout.propose(changed);
      };
      // Changed while this was announced.
      if (proposal.plans !== plans) rollout.propose(proposal.plans);
    });
  }
  return {
    check: () => {
      supervision.check();
    },
    stop: async () => {
      watch?.forget(stream.name, share.held);
      proposal.changed = () => Promise.resolve();
      await supervision.stop();
    },
  };
}

/** A start without specs goes on with those that were announced last. */
async function recordProposal(
  { store, stream, supervision: { signal } }: StreamService,
  { files }: Proposal,
): Promise<void> {
  if (files === null) return;
  const record = (): Promise<void> => recordSpecs(store, stream.name, { files, nowMs: systemClock.nowMs() });
  await retrying(record, STORE_RETRY, { clock: systemClock, signal });
}

/** The judged SLOs of a share; the same list as long as they are the same. */
function heldOf(judged: JudgedSpecs, { count, held }: ShardShare): () => readonly SloPlan[] {
  let all: readonly SloPlan[] = [];
  let mine: readonly SloPlan[] = [];
  return () => {
    if (judged.judged !== all) {
      all = judged.judged;
      mine = all.filter((plan) => held.includes(shardOf(plan.slo, count)));
    }
    return mine;
  };
}
