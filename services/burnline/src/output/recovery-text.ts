import type { ConsumerStart, RecoveryPlan } from '../recovery/recovery-plan.ts';
import type { Output } from './output.ts';

/** What a plan says, for programs. */
export function planFacts({ diagnosis, newEpoch, starts }: RecoveryPlan): object {
  const { bounds, epoch, isFaulty, isSameLog, topic } = diagnosis;
  return {
    topic: topic.topic,
    isFaulty,
    isSameLog,
    epoch: epoch?.epoch ?? null,
    newEpoch: isFaulty ? newEpoch : null,
    consumers: starts.map((start) => ({
      consumer: start.consumer,
      partition: start.partition,
      code: start.before?.fault?.code ?? null,
      reason: start.before?.fault?.message ?? null,
      writtenThrough: start.writtenThrough,
      logStartOffset: bounds[start.partition]?.startOffset ?? null,
      logEndOffset: bounds[start.partition]?.endOffset ?? null,
      startOffset: start.startOffset,
      lostMessageCount: start.lostMessageCount,
    })),
  };
}

export function printPlans(plans: readonly RecoveryPlan[], output: Output): void {
  for (const plan of plans) {
    const { diagnosis, newEpoch, starts } = plan;
    const { epoch, isFaulty, isSameLog, topic } = diagnosis;
    if (!isFaulty) {
      output.line(`${topic.topic}: nothing is wrong, it goes on as ${epoch?.epoch ?? 'a first epoch'}`);
      continue;
    }
    output.line(
      `${output.tone('strong', topic.topic)}: ${epoch?.epoch ?? 'no epoch'} would end, ${newEpoch} would begin`,
    );
    if (!isSameLog) output.line('  the log is not the one that was counted: it would be read from its start');
    const reasons = new Set(
      starts.flatMap(({ before }) => (before?.fault ? [reasonText(before.fault)] : [])),
    );
    for (const reason of reasons) output.line(`  ${output.tone('bad', reason)}`);
    output.table(
      ['consumer', 'partition', 'written through', 'log begins', 'log ends', 'goes on at', 'never seen'],
      starts.map((start) => rowOf(start, plan)),
    );
  }
}

function reasonText({ code, message }: { readonly code: string; readonly message: string }): string {
  return `${code}: ${message}`;
}

function rowOf(start: ConsumerStart, { diagnosis }: RecoveryPlan): readonly string[] {
  const bounds = diagnosis.bounds[start.partition];
  return [
    start.consumer === 'processor' ? 'processor (panes)' : 'sink (raw rows)',
    String(start.partition),
    String(start.writtenThrough ?? ''),
    String(bounds?.startOffset ?? ''),
    String(bounds?.endOffset ?? ''),
    String(start.startOffset),
    start.lostMessageCount === null ? 'unknown' : `${start.lostMessageCount} messages`,
  ];
}
