import type { EventLog, PartitionAppend } from '@burnline/runtime';

/** Minutes of the history in one step. */
const STEP_TICKS = 2;

/**
 * The log as the replay writer sees it: what it appends goes in step by step of the data's time, in the order of every
 * partition, and after each step `afterStep` may hold it up. Between two of its steps lies a moment of the replay.
 */
export function stepByStep(log: EventLog, afterStep: () => Promise<void>): EventLog {
  return {
    ensureTopics: (topics) => log.ensureTopics(topics),
    append: async (batches) => {
      const firstOffsets = new Map<string, number>();
      for (const step of stepsOf(batches)) {
        const offsets = await log.append(step);
        for (const [index, batch] of step.entries()) {
          if (!firstOffsets.has(keyOf(batch))) firstOffsets.set(keyOf(batch), offsets[index]!);
        }
        await afterStep();
      }
      return batches.map((batch) => firstOffsets.get(keyOf(batch))!);
    },
    consume: (options) => log.consume(options),
    read: (from) => log.read(from),
    bounds: (topics) => log.bounds(topics),
    committed: (group, topics) => log.committed(group, topics),
    close: () => Promise.resolve(),
  };
}

function stepsOf(batches: readonly PartitionAppend[]): readonly PartitionAppend[][] {
  const timesMs = new Set(
    batches.flatMap(({ messages }) => messages.map(({ timestampMs = 0 }) => timestampMs)),
  );
  const sortedMs = [...timesMs].sort((a, b) => a - b);
  const steps: PartitionAppend[][] = [];
  // A tick has two times: its mark's and its messages'.
  for (let index = 0; index < sortedMs.length; index += 2 * STEP_TICKS) {
    const stepMs = new Set(sortedMs.slice(index, index + 2 * STEP_TICKS));
    const step = batches.map((batch) => ({
      ...batch,
      messages: batch.messages.filter(({ timestampMs = 0 }) => stepMs.has(timestampMs)),
    }));
    steps.push(step.filter(({ messages }) => messages.length > 0));
  }
  return steps;
}

function keyOf({ topic, partition }: PartitionAppend): string {
  return `${topic}/${partition}`;
}
