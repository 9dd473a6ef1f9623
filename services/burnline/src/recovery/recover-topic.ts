import { AppError, isAppError } from '@burnline/core';
import {
  EPOCH_SETTINGS,
  commitMetadata,
  dateTime64OfMs,
  fingerprintOf,
  recordEpoch,
  type AssignedPartition,
  type CommittedPosition,
  type EventLog,
  type LogConsumer,
  type Store,
  type StreamEpoch,
} from '@burnline/runtime';
import { SpecSet } from '@burnline/counting';
import { lastClosings } from './last-closings.ts';
import type { ConsumerStart, RecoveryPlan } from './recovery-plan.ts';

export interface RecoveryParts {
  readonly log: EventLog;
  readonly store: Store;
  readonly nowMs: number;
  /** User and machine, for the audit. */
  readonly by: string;
  /** How long to wait until a group gives all partitions. */
  readonly joinWaitMs?: number;
}

/** Long enough for a session of a process that was killed to run out. */
const JOIN_WAIT_MS = 60_000;
const TURN_MS = 500;

/**
 * Ends a topic's epoch where its rows end and begins the next one. Services must be stopped: this joins their groups, and
 * refuses (RECOVERY_GROUP_IN_USE) if somebody else has a partition. Cut short anywhere it may be run again: the new epoch
 * is recorded last, and until then the services halt as before.
 */
export async function recoverTopic(parts: RecoveryParts, plan: RecoveryPlan): Promise<void> {
  const { diagnosis } = plan;
  const groups = [...new Set(plan.starts.map(({ group }) => group))];
  const members: { group: string; consumer: LogConsumer }[] = [];
  try {
    for (const group of groups) {
      const consumer = await parts.log.consume({ group, topics: [diagnosis.topic.topic] });
      members.push({ group, consumer });
      const waitMs = parts.joinWaitMs ?? JOIN_WAIT_MS;
      await untilAllAssigned(consumer, { group, partitionCount: diagnosis.bounds.length, waitMs });
    }
    const epoch: StreamEpoch = {
      ...diagnosis.topic,
      epoch: plan.newEpoch,
      startOffsets: plan.startOffsets,
      createdAtMs: parts.nowMs,
    };
    if (diagnosis.epoch !== null) await endEpoch(parts.store, plan, diagnosis.epoch);
    const specSets = await carrySpecs(parts.store, plan, epoch);
    await writeStarts(parts, plan, epoch);
    await writeAudit(parts, plan);
    for (const { group, consumer } of members) await consumer.commit(commitsOf(plan, group, specSets));
    await recordEpoch(parts.store, epoch, diagnosis.epoch?.settings ?? EPOCH_SETTINGS);
  } finally {
    for (const { consumer } of members) await consumer.close();
  }
}

async function untilAllAssigned(
  consumer: LogConsumer,
  {
    group,
    partitionCount,
    waitMs,
  }: { readonly group: string; readonly partitionCount: number; readonly waitMs: number },
): Promise<void> {
  const assigned = new Map<number, AssignedPartition>();
  const deadlineMs = performance.now() + waitMs;
  while (assigned.size < partitionCount) {
    if (performance.now() > deadlineMs) throw groupInUse(group, assigned.size, partitionCount);
    const delivery = await consumer.next(TURN_MS).catch((error: unknown) => {
      // What cannot be read on is why we are here.
      if (isAppError(error) && error.code.startsWith('LOG_OFFSET_')) return null;
      throw error;
    });
    if (delivery?.kind === 'assigned') {
      for (const one of delivery.partitions) assigned.set(one.partition, one);
    }
    if (delivery?.kind === 'revoked') for (const one of delivery.partitions) assigned.delete(one.partition);
  }
}

function groupInUse(group: string, heldCount: number, partitionCount: number): AppError {
  return new AppError(
    'RECOVERY_GROUP_IN_USE',
    `Group ${group}: ${partitionCount - heldCount} of ${partitionCount} partitions are held by others`,
    { remedy: 'Stop all processors and sinks of the stream, then recover, then start them again.' },
  );
}

/** The chunks in progress get their closings, and the epoch its ends: so the hours before can be sealed. */
async function endEpoch(store: Store, plan: RecoveryPlan, epoch: StreamEpoch): Promise<void> {
  const ends = epoch.startOffsets.map((start, partition) => {
    const own = plan.starts.filter((one) => one.partition === partition);
    const counting = own.find((one) => one.consumer === 'processor') ?? own[0];
    return counting?.writtenThrough ?? start;
  });
  const isCounted = plan.starts.some(({ consumer }) => consumer === 'processor');
  if (isCounted) await store.insertRows('chunk_closings', await lastClosings(store, epoch, ends));
  await store.insertRows('epoch_ends', [{ stream_epoch: epoch.epoch, end_offsets: ends }]);
}

/** What was counted goes on to be counted: announcements lie in the old epoch. By partition, the set's id. */
async function carrySpecs(
  store: Store,
  { diagnosis, starts }: RecoveryPlan,
  epoch: StreamEpoch,
): Promise<ReadonlyMap<number, string>> {
  const setIds = new Map<number, string>();
  if (diagnosis.epoch === null) return setIds;
  const begins = await store.query<{ partition: number; spec_rev: string }>(
    `SELECT partition, spec_rev FROM spec_begins FINAL
     WHERE stream_epoch = {epoch:String}
       AND spec_rev NOT IN (SELECT spec_rev FROM spec_ends WHERE stream = {stream:String})`,
    { epoch: diagnosis.epoch.epoch, stream: epoch.stream },
  );
  const sets = new Map<string, SpecSet>();
  const beginRows: object[] = [];
  for (const start of starts.filter(({ consumer }) => consumer === 'processor')) {
    const revisions = begins.filter((row) => row.partition === start.partition).map((row) => row.spec_rev);
    const set = SpecSet.of(revisions);
    setIds.set(start.partition, set.id);
    if (set.id !== '') sets.set(set.id, set);
    for (const revision of set.revisions) {
      beginRows.push({
        stream: epoch.stream,
        stream_epoch: epoch.epoch,
        partition: start.partition,
        spec_rev: revision,
        begin_offset: start.startOffset,
      });
    }
  }
  await store.insertRows(
    'spec_sets',
    [...sets.values()].map((set) => ({ spec_set: set.id, spec_revs: set.revisions })),
  );
  await store.insertRows('spec_begins', beginRows);
  return setIds;
}

/** A consumer that goes on beyond the epoch's start is at home there: its watermark says so. */
async function writeStarts(parts: RecoveryParts, plan: RecoveryPlan, epoch: StreamEpoch): Promise<void> {
  const rows: object[] = [];
  for (const start of plan.starts) {
    if (start.startOffset <= (plan.startOffsets[start.partition] ?? 0)) continue;
    const { partition, consumer, startOffset } = start;
    const from = { topic: epoch.topic, partition, fromOffset: startOffset - 1, bytesMax: 1 };
    const [last] = await parts.log.read(from);
    if (last === undefined) continue;
    const fingerprint = fingerprintOf(last);
    rows.push({
      consumer,
      stream: epoch.stream,
      stream_epoch: epoch.epoch,
      topic: epoch.topic,
      partition,
      position: startOffset,
      log_time: dateTime64OfMs(start.before?.flushed?.log_ms ?? last.timestampMs),
      last_timestamp_ms: fingerprint.timestampMs,
      last_checksum: fingerprint.checksum,
    });
  }
  await parts.store.insertRows('watermarks', rows);
}

async function writeAudit(parts: RecoveryParts, plan: RecoveryPlan): Promise<void> {
  const { topic, epoch } = plan.diagnosis;
  const rows: object[] = [];
  for (const start of plan.starts) {
    const { before, partition, consumer } = start;
    const uncovered = await uncoveredOf(parts, plan, start);
    rows.push({
      stream: topic.stream,
      topic: topic.topic,
      new_epoch: plan.newEpoch,
      old_epoch: epoch?.epoch ?? '',
      partition,
      consumer,
      code: before?.fault?.code ?? '',
      reason: before?.fault?.message ?? '',
      written_through: start.writtenThrough ?? 0,
      start_offset: start.startOffset,
      lost_messages: start.lostMessageCount,
      uncovered_from: dateTime64OfMs(uncovered.fromMs),
      uncovered_to: dateTime64OfMs(uncovered.toMs),
      recovered_by: parts.by,
      recovered_at: dateTime64OfMs(parts.nowMs),
    });
  }
  await parts.store.insertRows('recoveries', rows);
}

/** From the last message that was written to the first that will be. */
async function uncoveredOf(
  { log, nowMs }: RecoveryParts,
  { diagnosis }: RecoveryPlan,
  start: ConsumerStart,
): Promise<{ readonly fromMs: number; readonly toMs: number }> {
  const { partition, startOffset, lostMessageCount } = start;
  const fromMs = start.before?.flushed?.log_ms ?? diagnosis.epoch?.createdAtMs ?? nowMs;
  if (lostMessageCount === 0) return { fromMs, toMs: fromMs };
  const from = { topic: diagnosis.topic.topic, partition, fromOffset: startOffset, bytesMax: 1 };
  const [first] = await log.read(from);
  return { fromMs, toMs: Math.max(fromMs, first?.timestampMs ?? nowMs) };
}

function commitsOf(
  { diagnosis, starts }: RecoveryPlan,
  group: string,
  specSets: ReadonlyMap<number, string>,
): readonly CommittedPosition[] {
  return starts
    .filter((start) => start.group === group)
    .map(({ before, consumer, partition, startOffset }) => {
      // Log time goes on from the old epoch's in the same log, and begins anew in another.
      const runningMaxMs = diagnosis.isSameLog ? (before?.flushed?.log_ms ?? -1) : -1;
      const specSetId = consumer === 'processor' ? (specSets.get(partition) ?? '') : '';
      return {
        topic: diagnosis.topic.topic,
        partition,
        offset: startOffset,
        metadata: commitMetadata(runningMaxMs, specSetId),
      };
    });
}
