import type { WatermarkConsumer } from '@burnline/runtime';
import type { ConsumerState, TopicDiagnosis } from './diagnosis.ts';

/** Where one consumer of one partition goes on in the new epoch, and what it never sees. */
export interface ConsumerStart {
  readonly consumer: WatermarkConsumer;
  readonly group: string;
  readonly partition: number;
  /** Offset after the last message of the old epoch whose rows are in the tables; null if there was no old epoch. */
  readonly writtenThrough: number | null;
  /** First offset that it reads in the new epoch. */
  readonly startOffset: number;
  /** Messages between the two that it never sees; null where the log was replaced and nobody knows. */
  readonly lostMessageCount: number | null;
  readonly before: ConsumerState | null;
}

export interface RecoveryPlan {
  readonly diagnosis: TopicDiagnosis;
  readonly newEpoch: string;
  /** First offset of the new epoch, by partition. */
  readonly startOffsets: readonly number[];
  readonly starts: readonly ConsumerStart[];
}

/**
 * Where a topic can be read on without counting anything twice: behind all rows that are in the tables, or at the log's
 * start where that is later. A log that was replaced is read from its start.
 */
export function planRecovery(diagnosis: TopicDiagnosis): RecoveryPlan {
  const { bounds, consumers, epoch, isSameLog, topic } = diagnosis;
  const starts = consumers.map((state): ConsumerStart => {
    const { startOffset: logStart } = bounds.find((one) => one.partition === state.partition) ?? {
      startOffset: 0,
    };
    const startOffset = isSameLog ? Math.max(logStart, state.writtenThrough) : logStart;
    return {
      consumer: state.consumer,
      group: state.group,
      partition: state.partition,
      writtenThrough: state.writtenThrough,
      startOffset,
      lostMessageCount: isSameLog ? startOffset - state.writtenThrough : null,
      before: state,
    };
  });
  const startOffsets = bounds.map(({ partition, startOffset }) => {
    const own = starts.filter((start) => start.partition === partition);
    // Panes decide: an epoch begins where counting does. A topic that is only kept begins where keeping does.
    const counting = own.find((start) => start.consumer === 'processor') ?? own[0];
    return counting?.startOffset ?? startOffset;
  });
  return {
    diagnosis,
    newEpoch: `${topic.topic}@${generationOf(epoch?.epoch ?? '') + 1}`,
    startOffsets,
    starts,
  };
}

/** `topic@3` is the third; 0 if there was none. */
function generationOf(epoch: string): number {
  return Number(/@(\d+)$/.exec(epoch)?.[1] ?? 0);
}
