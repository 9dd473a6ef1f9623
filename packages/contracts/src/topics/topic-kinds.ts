import { AppError, type StreamRecordKind } from '@burnline/core';
import type { EventContractErrorCode } from '../events/event-contract-error.ts';

/** By the last part of a topic's name, as `streamTopicNames` gives it. */
const KIND_BY_ENDING = {
  inference: 'inference',
  verdicts: 'verdict',
  reports: 'report',
} as const satisfies Readonly<Record<string, StreamRecordKind>>;

/** The kind of record that a topic of a stream carries; null for any other topic. */
export function topicKind(topic: string): 'inference' | 'verdict' | 'report' | null {
  const ending = topic.slice(topic.lastIndexOf('.') + 1);
  return Object.hasOwn(KIND_BY_ENDING, ending) ? KIND_BY_ENDING[ending as keyof typeof KIND_BY_ENDING] : null;
}

/**
 * Whether a message of this kind belongs into the topic. Marks belong into the topics that are counted, where the pipeline
 * writes them; nobody has reason to write one among reports.
 */
export function belongsInto(topic: string, kind: StreamRecordKind): boolean {
  const expected = topicKind(topic);
  if (expected === null || kind === expected) return true;
  return kind === 'mark' && expected !== 'report';
}

/** Throws CONTRACT_KIND_MISPLACED (dead-letter) for a message that does not belong into the topic. */
export function checkPlace(topic: string, kind: StreamRecordKind): void {
  if (belongsInto(topic, kind)) return;
  throw new AppError<EventContractErrorCode>(
    'CONTRACT_KIND_MISPLACED',
    `A message of kind ${kind} lies in ${topic}.`,
    {
      outcome: 'dead-letter',
      remedy:
        'Find out who writes to the topic beside the collector, and keep it out with the log’s own rights.',
      details: { topic, kind },
    },
  );
}
