import { AppError } from '@burnline/core';
import type { StreamRecordKind } from '@burnline/core';
import { FRAME_BYTES, MAGIC_BYTE, MAX_EVENTS_PER_MESSAGE } from './batch-format.ts';
import { checkBlockEnd, readBlock } from './datum-walk.ts';
import type { Step } from './datum-walk.ts';
import { decodeFailed } from './event-contract-error.ts';
import type { EventContractErrorCode } from './event-contract-error.ts';

/** Where the datums of one Avro block lie: [datumsStart, datumsEnd), one after another. */
export interface BlockLayout {
  readonly count: number;
  readonly datumsStart: number;
  readonly datumsEnd: number;
}

/** A message that was walked and found whole: every length and count in it is true. */
export interface BatchLayout {
  readonly kind: StreamRecordKind;
  readonly schemaId: number;
  /** Records in all blocks, at most MAX_EVENTS_PER_MESSAGE. */
  readonly count: number;
  /** What this repository writes has exactly one block; other Avro writers may cut several. Empty: no records. */
  readonly blocks: readonly BlockLayout[];
  /** Record i is the bytes [starts[i], ends[i]) of the message. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** The schema id in a message's framing. Throws CONTRACT_DECODE_FAILED if there is no framing. */
export function schemaIdOf(message: Uint8Array): number {
  if (message.length < FRAME_BYTES)
    throw decodeFailed(`A message of ${message.length} bytes has no framing.`);
  if (message[0] !== MAGIC_BYTE) {
    throw decodeFailed(`A message starts with byte ${message[0] ?? 0}, not with ${MAGIC_BYTE}.`);
  }
  return new DataView(message.buffer, message.byteOffset).getUint32(1);
}

/** Writes another schema id into a message's framing, in place; the message was read before. */
export function setSchemaId(message: Uint8Array, schemaId: number): void {
  new DataView(message.buffer, message.byteOffset).setUint32(1, schemaId);
}

/** Walks the whole message, each datum by `step`, to its last byte. */
export function walkMessage(
  message: Uint8Array,
  writer: { readonly schemaId: number; readonly kind: StreamRecordKind; readonly step: Step },
): BatchLayout {
  const cursor = { bytes: message, position: FRAME_BYTES };
  const starts = new Uint32Array(MAX_EVENTS_PER_MESSAGE);
  const ends = new Uint32Array(MAX_EVENTS_PER_MESSAGE);
  const blocks: BlockLayout[] = [];
  let count = 0;
  for (;;) {
    const block = readBlock(cursor);
    if (block.count === 0) break;
    const blockEnd = count + block.count;
    if (blockEnd > MAX_EVENTS_PER_MESSAGE) {
      throw decodeFailed(`A message holds more than ${MAX_EVENTS_PER_MESSAGE} records.`, { count: blockEnd });
    }
    const datumsStart = cursor.position;
    for (; count < blockEnd; count += 1) {
      starts[count] = cursor.position;
      writer.step(cursor);
      ends[count] = cursor.position;
    }
    checkBlockEnd(cursor, block);
    blocks.push({ count: block.count, datumsStart, datumsEnd: cursor.position });
  }
  if (cursor.position !== message.length) {
    throw decodeFailed(`${message.length - cursor.position} bytes follow the batch.`, {
      position: cursor.position,
    });
  }
  const { schemaId, kind } = writer;
  return { kind, schemaId, count, blocks, starts: starts.subarray(0, count), ends: ends.subarray(0, count) };
}

export function schemaUnknown(schemaId: number): AppError<EventContractErrorCode> {
  return new AppError(
    'CONTRACT_SCHEMA_UNKNOWN',
    `A message was written with schema ${schemaId}, which is not known here.`,
    {
      outcome: 'halt',
      remedy: 'Upgrade this service to a version that knows the schema, or register the schema.',
      details: { schemaId },
    },
  );
}
