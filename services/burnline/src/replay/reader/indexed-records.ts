import type { FileHandle } from 'node:fs/promises';
import { openFile } from './file-blocks.ts';
import type { FileFormat, RowReader } from './file-format.ts';
import type { IndexEntry, RecordIndex } from './record-index.ts';
import type { RecordBlock, RecordSpan } from './record-splitter.ts';
import type { MappedRow } from '@burnline/specs';
import type { ReplayRecord } from './replay-record.ts';
import { mapCells, rawBytes } from './row-blocks.ts';

/** Records handed out at a time: enough to be worth a reading, few enough to be held. */
const BATCH_RECORDS = 1024;
/** Rows of a batch that lie so near to each other are read at once. */
const GAP_BYTES_MAX = 64 * 1024;
/** And so much at most in one reading. */
const RUN_BYTES_MAX = 4 * 1024 * 1024;

type Place = Pick<IndexEntry, 'offset' | 'length' | 'rowNumber'>;

interface Run {
  readonly offset: number;
  length: number;
  readonly places: Place[];
}

/** Neighbours in the file become one reading. */
function runsOf(places: readonly Place[]): Run[] {
  const runs: Run[] = [];
  for (const place of [...places].sort((left, right) => left.offset - right.offset)) {
    const run = runs.at(-1);
    const length = run === undefined ? 0 : place.offset + place.length - run.offset;
    if (
      run === undefined ||
      length > RUN_BYTES_MAX ||
      place.offset > run.offset + run.length + GAP_BYTES_MAX
    ) {
      runs.push({ offset: place.offset, length: place.length, places: [place] });
    } else {
      run.length = length;
      run.places.push(place);
    }
  }
  return runs;
}

/** The rows alone, line ends between them, as the block that the format's parser takes. */
function packedBlock(bytes: Buffer, run: Run): RecordBlock {
  const parts: Uint8Array[] = [];
  const spans: RecordSpan[] = [];
  let offset = 0;
  for (const place of run.places) {
    const start = place.offset - run.offset;
    parts.push(bytes.subarray(start, start + place.length), Buffer.from('\n'));
    // The line is not known here, nor needed: the first reading found no fault in the row.
    spans.push({ ordinal: place.rowNumber + 1, line: 0, offset, length: place.length });
    offset += place.length + 1;
  }
  return { bytes: Buffer.concat(parts), offset: 0, spans };
}

export interface IndexedReading {
  readonly file: string;
  readonly format: FileFormat;
  readonly reader: RowReader;
  readonly index: RecordIndex;
  /** True where the index holds derived times, which the rows themselves do not tell. */
  readonly isTimeDerived: boolean;
  /** What to throw where a row is no longer what it was. */
  readonly changed: () => Error;
}

async function mapRun(
  handle: FileHandle,
  run: Run,
  given: IndexedReading,
  times: ReadonlyMap<number, number>,
) {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(run.length), 0, run.length, run.offset);
  if (bytesRead < run.length) throw given.changed();
  const block = packedBlock(buffer, run);
  const cells = given.format.cells(block);
  return run.places.map(({ offset, rowNumber }, at): readonly [number, MappedRow] => {
    const span = block.spans[at];
    const ofRow = cells[at];
    if (span === undefined || ofRow === undefined) throw given.changed();
    const row = { number: rowNumber, line: span.line, raw: rawBytes(block, span), cells: ofRow };
    const outcome = mapCells(given.reader, row, given.isTimeDerived ? (times.get(offset) ?? null) : null);
    if (outcome.kind !== 'mapped') throw given.changed();
    return [offset, outcome.mapped];
  });
}

async function batchRecords(handle: FileHandle, entries: readonly IndexEntry[], given: IndexedReading) {
  const places = new Map<number, Place>(entries.map((entry) => [entry.offset, entry]));
  const times = new Map(entries.map(({ offset, logTimeMicros }) => [offset, logTimeMicros]));
  const mapped = new Map<number, MappedRow>();
  for (const run of runsOf([...places.values()])) {
    for (const [offset, row] of await mapRun(handle, run, given, times)) mapped.set(offset, row);
  }
  return entries.map(({ offset, part, logTimeMicros }): ReplayRecord => {
    const record = mapped.get(offset)?.records[part];
    if (record?.logTimeMicros !== logTimeMicros) throw given.changed();
    return record;
  });
}

/** The records in the order of their times, their rows read where they stand in the file. */
export async function* indexedRecords(given: IndexedReading): AsyncGenerator<readonly ReplayRecord[]> {
  const order = given.index.order();
  const handle = await openFile(given.file);
  try {
    for (let from = 0; from < order.length; from += BATCH_RECORDS) {
      const entries = [...order.subarray(from, from + BATCH_RECORDS)].map((at) => given.index.entry(at));
      yield await batchRecords(handle, entries, given);
    }
  } finally {
    await handle.close();
  }
}
