import { AppError, grownBytes, VARINT_BYTES_MAX, writeVarint, zigzag } from '@burnline/core';
import { encodeFailed } from './event-contract-error.ts';
import type { EventContractErrorCode } from './event-contract-error.ts';

/** Up to this a string is copied character by character, which beats a call into the runtime (measured on Node 20). */
const SHORT_TEXT_CHARS = 32;
export const UUID_BYTES = 16;
/** The largest integer that avsc, the reader, accepts. */
const LONG_MAX = 9_007_199_254_740_990;
/** Below it the zigzag form is odd and above 2^53, which a double cannot hold. No field goes there. */
const LONG_MIN = -4_503_599_627_370_495;
const BYTES_INITIAL = 4_096;

/**
 * Writes Avro's primitives into one buffer that doubles up to `bytesMax` and serves every batch again.
 *
 * Every method checks its value and names the field when it refuses one (CONTRACT_ENCODE_FAILED): a bad record is caught
 * where it is written. Going beyond `bytesMax` throws CONTRACT_RECORD_TOO_LARGE.
 */
export class AvroWriter {
  /** Where the next byte goes. A caller may set it back to drop what a refused record left behind. */
  position = 0;
  private bytes: Buffer;
  private view: DataView;
  private readonly bytesMax: number;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
    this.bytes = Buffer.allocUnsafeSlow(Math.min(BYTES_INITIAL, bytesMax));
    this.view = new DataView(this.bytes.buffer);
  }

  /** A copy of [start, end). */
  copy(start: number, end: number): Uint8Array {
    const copied = new Uint8Array(end - start);
    copied.set(this.bytes.subarray(start, end));
    return copied;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.position++] = value;
  }

  uint32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.position, value);
    this.position += 4;
  }

  fixed(field: string, value: Uint8Array, sizeBytes: number): void {
    if (!(value instanceof Uint8Array) || value.length !== sizeBytes) {
      throw encodeFailed(field, `${sizeBytes} bytes`, value);
    }
    this.reserve(sizeBytes);
    this.bytes.set(value, this.position);
    this.position += sizeBytes;
  }

  long(field: string, value: number | undefined): void {
    if (value === undefined || !Number.isInteger(value) || value < LONG_MIN || value > LONG_MAX) {
      throw encodeFailed(field, 'an integer within 2^53', value);
    }
    this.varint(value);
  }

  double(field: string, value: number | undefined): void {
    if (value === undefined || !Number.isFinite(value)) throw encodeFailed(field, 'a finite number', value);
    this.reserve(8);
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  boolean(field: string, value: boolean): void {
    if (typeof value !== 'boolean') throw encodeFailed(field, 'true or false', value);
    this.byte(value ? 1 : 0);
  }

  text(field: string, value: string | undefined): void {
    if (typeof value !== 'string') throw encodeFailed(field, 'text', value);
    if (value.length <= SHORT_TEXT_CHARS && this.shortAscii(value)) return;
    const bytesCount = Buffer.byteLength(value, 'utf8');
    this.varint(bytesCount);
    this.reserve(bytesCount);
    this.position += this.bytes.write(value, this.position, bytesCount, 'utf8');
  }

  symbol(field: string, value: string, indexes: ReadonlyMap<string, number>): void {
    const index = indexes.get(value);
    if (index === undefined) throw encodeFailed(field, `one of ${[...indexes.keys()].join(', ')}`, value);
    this.varint(index);
  }

  optionalText(field: string, value: string | null): void {
    if (value === null) {
      this.byte(0);
      return;
    }
    this.byte(2);
    this.text(field, value);
  }

  optionalLong(field: string, value: number | null): void {
    if (value === null) {
      this.byte(0);
      return;
    }
    this.byte(2);
    this.long(field, value);
  }

  optionalDouble(field: string, value: number | null): void {
    if (value === null) {
      this.byte(0);
      return;
    }
    this.byte(2);
    this.double(field, value);
  }

  optionalBoolean(field: string, value: boolean | null): void {
    if (value === null) {
      this.byte(0);
      return;
    }
    this.byte(2);
    this.boolean(field, value);
  }

  textList(field: string, texts: readonly string[]): void {
    const found: unknown = texts;
    if (!Array.isArray(found)) throw encodeFailed(field, 'an array', found);
    if (texts.length > 0) this.varint(texts.length);
    for (const text of texts) this.text(field, text);
    this.byte(0);
  }

  textMap(field: string, entries: Readonly<Record<string, string>>): void {
    const keys = this.mapKeys(field, entries);
    for (const key of keys) {
      this.text(field, key);
      this.text(field, entries[key]);
    }
    if (keys.length > 0) this.byte(0);
  }

  doubleMap(field: string, entries: Readonly<Record<string, number>>): void {
    const keys = this.mapKeys(field, entries);
    for (const key of keys) {
      this.text(field, key);
      this.double(field, entries[key]);
    }
    if (keys.length > 0) this.byte(0);
  }

  longMap(field: string, entries: Readonly<Record<string, number>>): void {
    const keys = this.mapKeys(field, entries);
    for (const key of keys) {
      this.text(field, key);
      this.long(field, entries[key]);
    }
    if (keys.length > 0) this.byte(0);
  }

  /** Zigzag, seven bits a byte, lowest first (Avro 1.11, "Binary Encoding"). The value has been checked. */
  varint(value: number): void {
    this.reserve(VARINT_BYTES_MAX);
    this.position = writeVarint(this.bytes, this.position, zigzag(value));
  }

  /** Writes the count of a map's only block (the 0 that ends an empty map included) and returns its keys. */
  private mapKeys(field: string, entries: Readonly<Record<string, unknown>>): readonly string[] {
    const found: unknown = entries;
    if (typeof found !== 'object' || found === null || Array.isArray(found)) {
      throw encodeFailed(field, 'a map', found);
    }
    const keys = Object.keys(entries);
    this.varint(keys.length);
    return keys;
  }

  /** Writes a short text, length first, unless it holds a character beyond ASCII; then it writes nothing. */
  private shortAscii(value: string): boolean {
    this.reserve(value.length + 1);
    const bytes = this.bytes;
    const start = this.position + 1;
    const length = value.length;
    for (let index = 0; index < length; index += 1) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) return false;
      bytes[start + index] = unit;
    }
    bytes[this.position] = length << 1;
    this.position = start + length;
    return true;
  }

  private reserve(bytesCount: number): void {
    const needed = this.position + bytesCount;
    if (needed > this.bytes.length) this.grow(needed);
  }

  private grow(needed: number): void {
    if (needed > this.bytesMax) throw recordTooLarge(this.bytesMax);
    const { buffer } = grownBytes(this.bytes, {
      usedBytes: this.position,
      neededBytes: needed,
      bytesMax: this.bytesMax,
    });
    this.bytes = Buffer.from(buffer);
    this.view = new DataView(buffer);
  }
}

export function recordTooLarge(bytesMax: number): AppError<EventContractErrorCode> {
  return new AppError(
    'CONTRACT_RECORD_TOO_LARGE',
    `The record does not fit into a message of ${bytesMax} bytes.`,
    {
      outcome: 'dead-letter',
      remedy: 'Send fewer or shorter attributes and verdicts with one record.',
    },
  );
}
