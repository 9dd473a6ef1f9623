import { writeVarint } from '@burnline/core';

/** Writes the pieces of ClickHouse's Native format one after another into a buffer of known size. */
export class NativeWriter {
  readonly bytes: Buffer;
  #position = 0;

  /** `byteCountMax`: an upper bound of everything that will be written. */
  constructor(byteCountMax: number) {
    this.bytes = Buffer.allocUnsafeSlow(byteCountMax);
  }

  written(): Uint8Array {
    return this.bytes.subarray(0, this.#position);
  }

  varuint(value: number): void {
    this.#position = writeVarint(this.bytes, this.#position, value);
  }

  text(text: string): void {
    const bytes = Buffer.from(text);
    this.varuint(bytes.length);
    this.raw(bytes);
  }

  uint64(value: number): void {
    this.bytes.writeUInt32LE(value % 0x1_0000_0000, this.#position);
    this.bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), this.#position + 4);
    this.#position += 8;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#position);
    this.#position += bytes.length;
  }

  /** The first `count` elements, as they lie in memory. */
  elements(array: Uint8Array | Uint16Array | Int32Array | Uint32Array, count: number): void {
    this.raw(new Uint8Array(array.buffer, array.byteOffset, count * array.BYTES_PER_ELEMENT));
  }
}

/** Up to this a text is copied byte by byte, which beats a call into the runtime. */
const SHORT_BYTES = 48;

/** Puts a text as Native has it, length first; the position after it. The caller has made room. */
export function copyText(
  target: Uint8Array,
  start: number,
  bytes: Uint8Array,
  textStart: number,
  length: number,
): number {
  let at = start;
  if (length < 0x80) {
    target[at] = length;
    at += 1;
  } else {
    at = writeVarint(target, at, length);
  }
  if (length <= SHORT_BYTES) {
    for (let index = 0; index < length; index += 1) target[at + index] = bytes[textStart + index] ?? 0;
  } else {
    target.set(bytes.subarray(textStart, textStart + length), at);
  }
  return at + length;
}
