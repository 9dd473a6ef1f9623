import { AppError, invariant } from '@burnline/core';
import type { Mark, StreamRecordKind } from '@burnline/core';
import { AvroWriter, recordTooLarge } from './avro-writer.ts';
import { FRAME_BYTES, MAGIC_BYTE, MAX_EVENTS_PER_MESSAGE, MESSAGE_BYTES_MAX } from './batch-format.ts';
import type { RecordByKind } from './batch-format.ts';
import { writeEvalVerdict, writeInferenceEvent, writeMark, writeSourceReport } from './record-writers.ts';
import type { SchemaSource } from './schema-source.ts';

type RecordWriter<Kind extends StreamRecordKind> = (to: AvroWriter, record: RecordByKind[Kind]) => void;

const WRITERS: { readonly [Kind in StreamRecordKind]: RecordWriter<Kind> } = {
  inference: writeInferenceEvent,
  verdict: writeEvalVerdict,
  report: writeSourceReport,
  mark: writeMark,
};

/** The count takes one byte below 64 records and two up to MAX_EVENTS_PER_MESSAGE, so the frame starts at 0 or 1. */
const COUNT_BYTES_MAX = 2;
const COUNT_ONE_BYTE_MAX = 63;
const DATUMS_START = FRAME_BYTES + COUNT_BYTES_MAX;
/** A mark that only moves the clock takes some twenty bytes; the rest is room that the writer keeps before each field. */
const CLOCK_MARK_BYTES_MAX = 64;
/** The empty block that ends the array. */
const END_BYTES = 1;

export interface BatchEncoder<Kind extends StreamRecordKind> {
  /** Records in the batch. */
  readonly count: number;
  /** Bytes that `finish` would give now. */
  readonly bytes: number;
  /**
   * Adds a record; false, and nothing added, when the batch is full by count or bytes: finish it and append again.
   * Throws CONTRACT_ENCODE_FAILED for a record that does not fit its schema and CONTRACT_RECORD_TOO_LARGE for one that
   * exceeds a whole message; the batch is then as it was.
   */
  append(record: RecordByKind[Kind]): boolean;
  /** Takes back the record appended last, once: for a caller whose own bound it exceeds. */
  dropLast(): void;
  /** The message, as bytes of its own; the encoder is empty afterwards. There must be a record. */
  finish(): Uint8Array;
  /** Empties the encoder. */
  reset(): void;
}

export interface BatchEncoderOptions<Kind extends StreamRecordKind> {
  readonly kind: Kind;
  readonly schemas: SchemaSource;
  /** At most, and by default, MESSAGE_BYTES_MAX. */
  readonly bytesMax?: number;
  /** At most, and by default, MAX_EVENTS_PER_MESSAGE. */
  readonly countMax?: number;
}

/**
 * Encodes records of one kind into messages: Confluent framing around an Avro array that is always a single block
 * ([count][datums][0]), so that datums can be passed on without decoding. The buffer is reused; it grows to bytesMax.
 */
export function createBatchEncoder<Kind extends StreamRecordKind>(
  options: BatchEncoderOptions<Kind>,
): BatchEncoder<Kind> {
  const bytesMax = Math.min(options.bytesMax ?? MESSAGE_BYTES_MAX, MESSAGE_BYTES_MAX);
  const countMax = Math.min(options.countMax ?? MAX_EVENTS_PER_MESSAGE, MAX_EVENTS_PER_MESSAGE);
  const schemaId = options.schemas.idOf(options.kind);
  const write: RecordWriter<Kind> = WRITERS[options.kind];
  const writer = new AvroWriter(bytesMax);
  writer.position = DATUMS_START;
  let count = 0;
  let lastStart = DATUMS_START;

  const reset = (): void => {
    writer.position = DATUMS_START;
    lastStart = DATUMS_START;
    count = 0;
  };
  const append = (record: RecordByKind[Kind]): boolean => {
    if (count >= countMax) return false;
    const start = writer.position;
    try {
      write(writer, record);
      if (writer.position + END_BYTES > bytesMax) throw recordTooLarge(bytesMax);
    } catch (error) {
      writer.position = start;
      if (count > 0 && error instanceof AppError && error.code === 'CONTRACT_RECORD_TOO_LARGE') return false;
      throw error;
    }
    lastStart = start;
    count += 1;
    return true;
  };
  return {
    get count() {
      return count;
    },
    get bytes() {
      return writer.position + END_BYTES - frameStart(count);
    },
    append,
    dropLast: () => {
      invariant(writer.position > lastStart, 'a record is taken back once, after it was appended');
      writer.position = lastStart;
      count -= 1;
    },
    finish: () => {
      const message = takeMessage(writer, schemaId, count);
      reset();
      return message;
    },
    reset,
  };
}

/** Encodes one mark that moves the clock and nothing else, as a message of its own. */
export function encodeMark(
  mark: { readonly kind: Exclude<Mark['kind'], 'specs'>; readonly marked_at: number },
  schemas: SchemaSource,
): Uint8Array {
  const encoder = createBatchEncoder({ kind: 'mark', schemas, bytesMax: CLOCK_MARK_BYTES_MAX });
  encoder.append({ ...mark, begun_specs: [], ended_specs: [] });
  return encoder.finish();
}

/** Encodes one mark that says which spec revisions are counted from it on. Throws CONTRACT_RECORD_TOO_LARGE. */
export function encodeSpecMark(mark: Omit<Mark, 'kind'>, schemas: SchemaSource): Uint8Array {
  const encoder = createBatchEncoder({ kind: 'mark', schemas });
  encoder.append({ kind: 'specs', ...mark });
  return encoder.finish();
}

function frameStart(count: number): number {
  return count <= COUNT_ONE_BYTE_MAX ? 1 : 0;
}

function takeMessage(writer: AvroWriter, schemaId: number, count: number): Uint8Array {
  invariant(count > 0, 'a batch is finished only when it holds a record');
  const start = frameStart(count);
  const end = writer.position;
  writer.position = start;
  writer.byte(MAGIC_BYTE);
  writer.uint32(schemaId);
  writer.varint(count);
  writer.position = end;
  writer.byte(0);
  return writer.copy(start, writer.position);
}
