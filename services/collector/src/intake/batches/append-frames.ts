import {
  checkPlace,
  checkReportClaims,
  decodeBatchFrames,
  reportTimeIssues,
  schemaIdOf,
  setSchemaId,
  topicKind,
  type BatchFrame,
  type CheckedBatch,
} from '@burnline/contracts';
import { AppError, isAppError, type InferenceEvent } from '@burnline/core';
import { partitionKey } from '@burnline/runtime';
import { appendParts, type LogPart } from '../../append-parts.ts';
import type { CollectorParts } from '../../collector-parts.ts';
import type { RecordBatch } from '../../live-writer.ts';
import type { CostTally } from '../../pricing/cost-tally.ts';
import { intakeError } from '../../http/intake-error.ts';
import { RecordProblems, type RecordProblem } from '../../records/record-problems.ts';
import type { Accepted, Exchange } from '../dialect.ts';
import { placeFrame } from './place-frames.ts';

const REMEDY =
  'Publish with a publisher of a compatible version; it sends events, verdicts and reports, each in its own topic.';

/**
 * A publisher's messages go to the log as they are, save the number of their schema, costs that the publisher did not know and,
 * where it did not know the partitions, their cut, once every record of every one was found to hold to the rules, and to be of its topic's kind. Marks are the pipeline's own and never taken.
 *
 * Rejects with CONTRACT_FRAMES_INVALID, COLLECTOR_TOPIC_UNKNOWN, COLLECTOR_FRAMES_INVALID (`details.problems`, by frame),
 * CONTRACT_SCHEMA_UNKNOWN, or as `appendParts` does.
 */
export async function appendFrames(
  parts: CollectorParts,
  { body, turns, signal }: Exchange,
): Promise<Accepted> {
  const frames = decodeBatchFrames(body);
  for (const frame of frames) checkTopic(parts, frame);
  const placed: PlacedFrame[] = [];
  const problems = new RecordProblems();
  const counts = new Map<string, number>();
  const { prices, sampler } = parts.writer;
  const tally = prices?.begin();
  const sampled = sampler === null ? null : parts.writer.beginEvents();
  let index = 0;
  const step = (): boolean => {
    const frame = frames[index];
    if (frame === undefined) return true;
    try {
      const batch = checkFrame(parts, frame);
      if (sampled !== null && batch.kind === 'inference') addRecords(parts, sampled, { frame, index });
      else {
        counts.set(frame.topic, (counts.get(frame.topic) ?? 0) + batch.count);
        placed.push(...placedFrames(parts, { frame, batch, index, tally }));
      }
    } catch (error) {
      if (!isAppError(error) || error.outcome !== 'dead-letter') throw error;
      problems.add(index, [problemOf(error)]);
    }
    index += 1;
    return false;
  };
  await turns.run(step, signal);
  if (!problems.isEmpty)
    throw problems.toError('COLLECTOR_FRAMES_INVALID', { count: frames.length, noun: 'frame' }, REMEDY);
  await appendParts(parts.log, [...partsOf(placed), ...(sampled?.parts() ?? [])], new Map());
  for (const [topic, count] of sampled?.durable() ?? []) counts.set(topic, count);
  for (const [topic, count] of counts) parts.metrics?.accepted(topic, count);
  if (tally !== undefined) prices?.tell(tally);
  return { ...takenOf(parts, counts, sampled), partitions: parts.topics.partitionCount };
}

interface PlacedFrame {
  readonly frame: BatchFrame;
  readonly index: number;
}

function takenOf(
  { metrics }: CollectorParts,
  counts: ReadonlyMap<string, number>,
  sampled: RecordBatch<InferenceEvent> | null,
): Pick<Accepted, 'accepted' | 'sampledOut'> {
  const accepted = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const { leftOutCount } = sampled ?? { leftOutCount: 0 };
  if (leftOutCount === 0) return { accepted };
  metrics?.sampledOut(leftOutCount);
  return { accepted, sampledOut: leftOutCount };
}

/** Events that are sampled are written anew: most of them go, and those that stay stand for more. */
function addRecords(
  { decoder }: CollectorParts,
  sampled: RecordBatch<InferenceEvent>,
  { frame, index }: PlacedFrame,
): void {
  const batch = decoder.decodeBatch(frame.value);
  if (batch.kind === 'inference') for (const event of batch.records) sampled.add(event, index);
}

/** What goes to the log for a frame, by partition. */
function placedFrames(
  parts: CollectorParts,
  {
    frame,
    batch,
    index,
    tally,
  }: PlacedFrame & { readonly batch: CheckedBatch; readonly tally?: CostTally | undefined },
): readonly PlacedFrame[] {
  const ofEvents = batch.kind === 'inference' ? tally : undefined;
  return placeFrame(frame, batch, parts.topics.partitionCount).flatMap((piece) =>
    pricedMessages(parts, piece.value, ofEvents).map((value) => {
      if (parts.logSchemaIdOf !== undefined) setSchemaId(value, parts.logSchemaIdOf(schemaIdOf(value)));
      return { frame: { ...piece, value }, index };
    }),
  );
}

/** The message itself where nothing is added to it. */
function pricedMessages(
  { writer }: CollectorParts,
  message: Uint8Array,
  tally: CostTally | undefined,
): readonly Uint8Array[] {
  if (writer.prices === null || tally === undefined) return [message];
  return writer.prices.editor.edit(message, (facts) => tally.additionTo(facts));
}

function checkTopic({ topics }: CollectorParts, { topic }: BatchFrame): void {
  const { inference, verdicts, reports } = topics;
  if ([inference, verdicts, reports].includes(topic)) return;
  throw intakeError('COLLECTOR_TOPIC_UNKNOWN', `${topic} is not taken here`, {
    remedy: `Publish to the stream of ${inference}.`,
  });
}

function checkFrame(parts: CollectorParts, { topic, value }: BatchFrame): CheckedBatch {
  const batch = parts.decoder.checkBatch(value);
  if (batch.kind === 'mark') throw misplaced(topic);
  checkPlace(topic, batch.kind);
  if (topicKind(topic) === 'report') checkReports(parts, value);
  return batch;
}

function checkReports({ decoder, clock }: CollectorParts, value: Uint8Array): void {
  const batch = decoder.decodeBatch(value);
  if (batch.kind !== 'report') return;
  checkReportClaims(batch.records);
  const nowMicros = clock.nowMs() * 1_000;
  const [issue] = batch.records.flatMap((report) => reportTimeIssues(report, nowMicros));
  if (issue === undefined) return;
  throw new AppError('CONTRACT_REPORT_IMPOSSIBLE', `A source report cannot be true: ${issue.path}`, {
    outcome: 'dead-letter',
    remedy: 'Set the clock of the machine that the publisher runs on.',
    details: { issues: [issue] },
  });
}

function misplaced(topic: string): AppError {
  return new AppError('CONTRACT_KIND_MISPLACED', `A mark was sent for ${topic}`, {
    outcome: 'dead-letter',
    remedy: 'Marks are written by the pipeline alone.',
  });
}

function problemOf(error: AppError): Omit<RecordProblem, 'index'> {
  const { issues } = error.details as { readonly issues?: readonly Omit<RecordProblem, 'index'>[] };
  const [issue] = issues ?? [];
  if (issue !== undefined) return issue;
  const isMisplaced = error.code === 'CONTRACT_KIND_MISPLACED';
  return {
    path: '',
    code: isMisplaced ? 'kind_misplaced' : 'not_readable',
    expected: isMisplaced ? "a batch of its topic's kind" : 'a whole batch',
    found: error.message,
  };
}

/** The frames of a partition stay together and in order; each other partition stands or falls by itself. */
function partsOf(placed: readonly PlacedFrame[]): readonly LogPart[] {
  const byPartition = new Map<string, { frames: BatchFrame[]; indexes: number[] }>();
  for (const { frame, index } of placed) {
    const key = partitionKey(frame);
    const part = byPartition.get(key) ?? { frames: [], indexes: [] };
    part.frames.push(frame);
    part.indexes.push(index);
    byPartition.set(key, part);
  }
  return [...byPartition.values()].flatMap(({ frames: ofPartition, indexes }): readonly LogPart[] => {
    const [first] = ofPartition;
    if (first === undefined) return [];
    const { topic, partition } = first;
    const messages = ofPartition.map(({ value }) => ({ value }));
    return [{ append: { topic, partition, messages }, indexes }];
  });
}
