import { createErrorFromCode } from './kafkajs-internals.ts';

/** Kafka's error codes that are told apart here. */
export const KAFKA_CODE = { none: 0, offsetOutOfRange: 1, unknownTopic: 3 } as const;

/** Kafka's own error of a code in an answer; null for none. */
export function errorOfCode(code: number): Error | null {
  return code === KAFKA_CODE.none ? null : createErrorFromCode(code);
}
