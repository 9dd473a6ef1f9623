import { isUtf8 } from 'node:buffer';
import { replayError } from './replay-error.ts';

/** One record's place in a file. */
export interface RecordSpan {
  /** 1-based among the records that are not blank; a CSV header is record 1. */
  readonly ordinal: number;
  /** 1-based line on which the record begins. */
  readonly line: number;
  /** Of its first byte in the file. */
  readonly offset: number;
  /** Bytes, the line end not included. */
  readonly length: number;
}

/** Whole records, one after another: `bytes` begins at the file's byte `offset`. */
export interface RecordBlock {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly spans: readonly RecordSpan[];
}

export interface SplitOptions {
  /** For messages. */
  readonly file: string;
  /** The byte within which line ends do not count; `null` where records are lines. */
  readonly quote: number | null;
}

/** No row of a request log comes near it, and a quote that is never closed is found before memory is. */
export const RECORD_BYTES_MAX = 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

function notText(file: string, offset: number): Error {
  return replayError(
    'REPLAY_FILE_NOT_TEXT',
    `${file} is not UTF-8 text: byte ${offset} and what follows is not.`,
    {
      remedy: 'Give an uncompressed CSV or NDJSON file in UTF-8.',
      details: { file, offset },
    },
  );
}

/** Cuts a stream of bytes into records. Feed it chunks in order, then `end`. */
export class RecordSplitter {
  readonly #options: SplitOptions;
  #rest: Buffer = Buffer.alloc(0);
  /** Of the first byte of `#rest` in the file. */
  #offset = 0;
  #ordinal = 0;
  /** Of the record that `#rest` begins with. */
  #line = 1;

  constructor(options: SplitOptions) {
    this.#options = options;
  }

  /** The whole records that the chunk completes. Throws on bytes that are no text, and on a record without end. */
  push(chunk: Buffer): RecordBlock {
    return this.#split(this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]), false);
  }

  /** The last record, where no line end follows it. */
  end(): RecordBlock {
    return this.#split(this.#rest, true);
  }

  #split(bytes: Buffer, isLast: boolean): RecordBlock {
    const base = this.#offset;
    // Looked for before the cut: a file of NULs has no line ends, and its fault is not the length of its lines.
    const nulAt = bytes.indexOf(0);
    if (nulAt !== -1) throw notText(this.#options.file, base + nulAt);
    const spans: RecordSpan[] = [];
    let start = this.#skipByteOrderMark(bytes, isLast);
    let isQuoted = false;
    let lines = 0;
    for (let at = start; at <= bytes.length; at += 1) {
      const byte = at < bytes.length ? bytes[at] : isLast ? LF : undefined;
      if (byte === undefined) break;
      if (byte === this.#options.quote && at < bytes.length) isQuoted = !isQuoted;
      if (byte !== LF) continue;
      lines += 1;
      if (isQuoted && at < bytes.length) continue;
      this.#take(spans, { bytes, start, end: at, base });
      this.#line += lines;
      lines = 0;
      start = Math.min(at + 1, bytes.length);
      isQuoted = false;
    }
    if (bytes.length - start > RECORD_BYTES_MAX) throw this.#tooLong();
    this.#rest = Buffer.from(bytes.subarray(start));
    this.#offset = base + start;
    const block = bytes.subarray(0, start);
    if (!isUtf8(block)) throw notText(this.#options.file, base + firstBadByte(block));
    return { bytes: block, offset: base, spans };
  }

  #skipByteOrderMark(bytes: Buffer, isLast: boolean): number {
    if (this.#offset !== 0) return 0;
    if (bytes.length < BYTE_ORDER_MARK.length && !isLast) return 0;
    return bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  }

  #take(spans: RecordSpan[], at: { bytes: Buffer; start: number; end: number; base: number }): void {
    const end = at.end > at.start && at.bytes[at.end - 1] === CR ? at.end - 1 : at.end;
    const length = end - at.start;
    if (length === 0) return;
    if (length > RECORD_BYTES_MAX) throw this.#tooLong();
    this.#ordinal += 1;
    spans.push({ ordinal: this.#ordinal, line: this.#line, offset: at.base + at.start, length });
  }

  #tooLong(): Error {
    const { file, quote } = this.#options;
    const cause = quote === null ? '' : ' A quote that is never closed has this effect.';
    return replayError(
      'REPLAY_ROW_TOO_LONG',
      `${file}, line ${this.#line}: the row that begins here has more than ${RECORD_BYTES_MAX} bytes.${cause}`,
      {
        remedy: 'Correct the row, or give a text file with one record per line.',
        details: { file, line: this.#line },
      },
    );
  }
}

/** Of what `isUtf8` refused: where the longest valid beginning ends. */
function firstBadByte(bytes: Buffer): number {
  let [low, high] = [0, bytes.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const prefix = new TextDecoder('utf-8', { fatal: true });
    try {
      prefix.decode(bytes.subarray(0, middle + 1), { stream: true });
      low = middle + 1;
    } catch {
      high = middle;
    }
  }
  return low;
}
