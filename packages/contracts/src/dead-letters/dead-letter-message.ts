import { AppError } from '@burnline/core';
import { MESSAGE_BYTES_MAX } from '../events/batch-format.ts';
import type { EventContractErrorCode } from '../events/event-contract-error.ts';
import { avroType, readSchemaFile } from '../events/schema-source.ts';
import { avroFingerprint } from './avro-fingerprint.ts';

/** A message that was set aside. Its source position (epoch, partition, offset) is its identity. */
export interface DeadLetterRecord {
  readonly stream_epoch: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly log_time: number;
  readonly code: string;
  readonly reason: string;
  /** Length of the original message. */
  readonly value_bytes: number;
  /** The original bytes, or as many of them as the topic takes. */
  readonly value: Uint8Array;
}

/** Reasons quote what was found; nobody reads more of it, and the letter has to fit its topic. */
export const DEAD_LETTER_REASON_LENGTH_MAX = 2_000;
/**
 * The largest letter: a whole message, and 16 KiB for everything around it (a reason of 2,000 characters is at most 6,000
 * bytes). Below Kafka's default max.message.bytes, as messages are.
 */
export const DEAD_LETTER_BYTES_MAX = MESSAGE_BYTES_MAX + 16 * 1024;

/**
 * Avro's single-object encoding: marker, fingerprint of the writer's schema, datum. No schema id: a letter must be written
 * and read where the ids are what is wrong, a registry that is away included.
 */
const MARKER = [0xc3, 0x01] as const;
const type = avroType(readSchemaFile('dead-letter.v1.avsc'));
const HEADER = Uint8Array.from([...MARKER, ...avroFingerprint(JSON.stringify(type.schema()))]);

/** The letter as a message of the dead-letter topic. Bytes beyond what the topic takes are left out; `value_bytes` tells. */
export function encodeDeadLetter(letter: Omit<DeadLetterRecord, 'value_bytes'>): Uint8Array {
  const { value } = letter;
  const kept = Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, MESSAGE_BYTES_MAX));
  const datum = type.toBuffer({ ...letter, value: kept, value_bytes: value.length });
  return Buffer.concat([HEADER, datum]);
}

/** Throws CONTRACT_DEAD_LETTER_INVALID for bytes that `encodeDeadLetter` did not make. */
export function decodeDeadLetter(message: Uint8Array): DeadLetterRecord {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  if (!bytes.subarray(0, HEADER.length).equals(HEADER)) throw letterInvalid('it has another header');
  try {
    return type.fromBuffer(bytes.subarray(HEADER.length)) as DeadLetterRecord;
  } catch (cause) {
    throw letterInvalid('its bytes do not fit the schema', cause);
  }
}

function letterInvalid(problem: string, cause?: unknown): AppError<EventContractErrorCode> {
  return new AppError('CONTRACT_DEAD_LETTER_INVALID', `A message is no dead letter: ${problem}.`, {
    outcome: 'halt',
    remedy: 'Only the sink may write to the dead-letter topic. Find out who else does.',
    cause,
  });
}
