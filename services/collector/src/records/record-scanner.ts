import { isSpace } from './json-walk.ts';

/**
 * Finds where the records of a JSON body begin and end, by brackets and quotes alone, so that each is parsed by itself: its
 * size is bounded before anything is made of it, and the rest of the body waits its turn.
 *
 * A body is an array, one value over any number of lines, or one value per line.
 */
export interface RecordPiece {
  /** Bytes [start, end) of the body. */
  readonly start: number;
  readonly end: number;
  /** Why it is not parsed; null: it may be. */
  readonly fault: 'not_json' | 'too_large' | 'too_deep' | 'not_closed' | null;
}

/** What one record may be, before anything is made of it. */
export interface RecordLimits {
  readonly bytesMax: number;
  readonly valuesMax: number;
  /** Levels of brackets. */
  readonly depthMax: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

interface Extent {
  /** After the value's last byte. */
  readonly end: number;
  readonly valueCount: number;
  readonly depthMax: number;
  readonly isClosed: boolean;
}

/** Bytes that one step looks at: a fraction of a millisecond. */
const STEP_BYTES = 64 * 1024;

/** `more`: the end of the record was not reached yet. */
type Scanned = RecordPiece | 'more' | null;

export class RecordScanner {
  /** Nothing but white space. */
  readonly isEmpty: boolean;
  readonly #body: Uint8Array;
  readonly #limits: RecordLimits;
  #form: 'array' | 'lines' | 'one' | 'unknown';
  #position: number;
  #scan: ValueScan | null = null;
  /** Nothing of the body is left. */
  #isOver = false;
  #hasStarted = false;

  constructor(body: Uint8Array, limits: RecordLimits) {
    this.#body = body;
    this.#limits = limits;
    this.#position = BYTE_ORDER_MARK.every((byte, index) => body[index] === byte)
      ? BYTE_ORDER_MARK.length
      : 0;
    this.#skipSpace();
    this.isEmpty = this.#position >= body.length;
    this.#form = this.#isAt(OPEN_ARRAY) ? 'array' : this.#isAt(OPEN_OBJECT) ? 'unknown' : 'lines';
  }

  /** The next record; null at the end. Each call looks at a bounded stretch of the body. */
  next(): RecordPiece | 'more' | null {
    switch (this.#form) {
      case 'array':
        return this.#nextOfArray();
      case 'lines':
        return this.#nextLine();
      case 'one':
        return this.#onlyValue();
      case 'unknown':
        return this.#findForm();
    }
  }

  /** One value over several lines: its first line is not whole, and its last bracket ends the body. */
  #findForm(): 'more' {
    const newline = this.#body.indexOf(NEWLINE, this.#position);
    if (newline === -1) this.#form = 'lines';
    const extent = newline === -1 ? null : this.#scanned(this.#position, false, this.#body.length);
    if (extent === null) return 'more';
    const isOne =
      extent.isClosed && extent.end > newline && this.#beyondSpace(extent.end) >= this.#body.length;
    this.#form = isOne ? 'one' : 'lines';
    return 'more';
  }

  #nextOfArray(): Scanned {
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      this.#position += 1;
      this.#skipSpace();
      this.#isOver = this.#isAt(CLOSE_ARRAY);
      if (this.#isOver) this.#position += 1;
    }
    if (this.#isOver) {
      this.#skipSpace();
      return this.#position < this.#body.length ? this.#rest('not_json') : null;
    }
    const start = this.#position;
    const extent = this.#scanned(start, true, this.#body.length);
    if (extent === null) return 'more';
    if (extent.end >= this.#body.length) return this.#rest('not_closed');
    const ending = this.#body[extent.end];
    if (ending !== COMMA && ending !== CLOSE_ARRAY) return this.#rest('not_json');
    this.#position = extent.end + 1;
    this.#isOver = ending === CLOSE_ARRAY;
    this.#skipSpace();
    return this.#piece(start, extent);
  }

  #nextLine(): Scanned {
    this.#skipSpace();
    const start = this.#position;
    if (start >= this.#body.length) return null;
    const newline = this.#body.indexOf(NEWLINE, start);
    const end = newline === -1 ? this.#body.length : newline;
    const extent = this.#scanned(start, false, end);
    if (extent === null) return 'more';
    this.#position = end + 1;
    return this.#piece(start, { ...extent, end });
  }

  #onlyValue(): Scanned {
    if (this.#isOver) return null;
    const end = this.#body.length;
    const extent = this.#scanned(this.#position, false, end);
    if (extent === null) return 'more';
    this.#isOver = true;
    return this.#piece(this.#position, { ...extent, end });
  }

  /** What is left of an array that breaks off, or goes on after its end. */
  #rest(fault: RecordPiece['fault']): RecordPiece {
    const start = this.#position;
    this.#isOver = true;
    this.#position = this.#body.length;
    return { start, end: this.#body.length, fault };
  }

  #piece(start: number, { end, valueCount, depthMax }: Extent): RecordPiece {
    const { bytesMax, valuesMax, depthMax: levelsMax } = this.#limits;
    const isTooLarge = end - start > bytesMax || valueCount > valuesMax;
    return { start, end, fault: isTooLarge ? 'too_large' : depthMax > levelsMax ? 'too_deep' : null };
  }

  /** Looks on for the end of the value at `start`; null: not found yet. */
  #scanned(start: number, isInArray: boolean, limit: number): Extent | null {
    this.#scan ??= new ValueScan(this.#body, start, { isInArray, limit });
    const extent = this.#scan.step();
    if (extent !== null) this.#scan = null;
    return extent;
  }

  #isAt(byte: number): boolean {
    return this.#body[this.#position] === byte;
  }

  #skipSpace(): void {
    this.#position = this.#beyondSpace(this.#position);
  }

  #beyondSpace(from: number): number {
    let at = from;
    while (at < this.#body.length && isSpace(this.#body[at])) at += 1;
    return at;
  }
}

/**
 * The way to the end of one value, in steps. Within an array it ends before the comma or bracket that follows; else after
 * its own last bracket. What is in between is for the parser to judge.
 */
class ValueScan {
  readonly #body: Uint8Array;
  readonly #isInArray: boolean;
  readonly #limit: number;
  #at: number;
  #depth = 0;
  #depthMax = 0;
  #valueCount = 1;
  #isInText = false;

  constructor(
    body: Uint8Array,
    start: number,
    { isInArray, limit }: { readonly isInArray: boolean; readonly limit: number },
  ) {
    this.#body = body;
    this.#at = start;
    this.#isInArray = isInArray;
    this.#limit = limit;
  }

  /** Counts in locals: a field of the object costs several times as much for each byte. */
  step(): Extent | null {
    const body = this.#body;
    const until = Math.min(this.#at + STEP_BYTES, this.#limit);
    let [at, depth, depthMax, valueCount] = [this.#at, this.#depth, this.#depthMax, this.#valueCount];
    let isInText = this.#isInText;
    let isClosed = false;
    while (at < until && !isClosed) {
      const byte = body[at];
      at += 1;
      if (isInText) {
        if (byte === BACKSLASH) at += 1;
        else if (byte === QUOTE) isInText = false;
      } else if (byte === QUOTE) isInText = true;
      else if (byte === COMMA) {
        isClosed = this.#isInArray && depth === 0;
        valueCount += 1;
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        depth += 1;
        if (depth > depthMax) depthMax = depth;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        isClosed = depth === (this.#isInArray ? 0 : 1);
        depth -= 1;
      }
    }
    this.#at = at;
    [this.#depth, this.#depthMax, this.#valueCount, this.#isInText] = [depth, depthMax, valueCount, isInText];
    // In an array the byte that ends a value is not of it.
    if (isClosed) return this.#extent(this.#isInArray ? at - 1 : at, true);
    return at < this.#limit ? null : this.#extent(at, depth === 0 && !isInText);
  }

  #extent(at: number, isClosed: boolean): Extent {
    const end = Math.min(at, this.#limit);
    return { end, valueCount: this.#valueCount, depthMax: this.#depthMax, isClosed };
  }
}
