export { createWire } from './kafkajs-wire.ts';
export { errorOfCode, KAFKA_CODE } from './error-codes.ts';
export type { FetchedPartition, FetchFrom, JoinAnswer, KafkaWire, MemberShare } from './wire.ts';
