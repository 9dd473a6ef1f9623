import { createHash } from 'node:crypto';
import { fileBlocks, type FileStamp } from './file-blocks.ts';
import type { FileFormat } from './file-format.ts';
import { RecordIndex } from './record-index.ts';
import { RowProblem, type MappedRow } from '@burnline/specs';
import { replayError } from './replay-error.ts';
import { BlockReader, type ReadRow } from './row-blocks.ts';
import { SequenceLayout } from './sequence-layout.ts';
import { TimeSpread } from './time-spread.ts';

/** Bad rows that a message names. More would hide the first. */
const PROBLEMS_MAX = 20;

export type BadRowPolicy = 'stop' | 'skip';

export interface BadRow {
  readonly line: number;
  readonly problem: string;
}

export interface ReplayProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly rowCount: number;
}

export interface SurveyOptions {
  readonly file: string;
  readonly stamp: FileStamp;
  readonly format: FileFormat;
  readonly onBadRow: BadRowPolicy;
  /** Simulated workers, where the rows' times are to be derived. */
  readonly workerCount: number | null;
  readonly onProgress: (progress: ReplayProgress) => void;
  /** Records of a file that is not in time order. */
  readonly indexedRecordsMax: number;
  /** Null: whatever times the records have is right. */
  readonly nowMs: number | null;
}

/** What the first reading found. Every row was mapped and checked. */
export interface Survey {
  readonly contentSha256: string;
  readonly rowCount: number;
  readonly droppedCount: number;
  readonly badCount: number;
  readonly badRows: readonly BadRow[];
  readonly inferenceCount: number;
  readonly verdictCount: number;
  readonly firstLogTimeMicros: number;
  readonly lastLogTimeMicros: number;
  /** `null`: the file is in time order, and can be read again from its beginning. */
  readonly index: RecordIndex | null;
  readonly cellCount: number;
}

/** State of the first reading. */
class Surveyor {
  readonly #options: SurveyOptions;
  readonly #layout: SequenceLayout | null;
  readonly #spread: TimeSpread | null;
  #index: RecordIndex | null;
  #isOrdered = true;
  #previousMicros = -1;
  readonly badRows: BadRow[] = [];
  badCount = 0;
  rowCount = 0;
  droppedCount = 0;
  inferenceCount = 0;
  verdictCount = 0;
  firstLogTimeMicros = Number.MAX_SAFE_INTEGER;
  lastLogTimeMicros = 0;

  constructor(options: SurveyOptions) {
    this.#options = options;
    this.#index = new RecordIndex(options.indexedRecordsMax);
    this.#layout = options.workerCount === null ? null : new SequenceLayout(options.workerCount);
    this.#spread = options.nowMs === null ? null : new TimeSpread(options.nowMs * 1_000);
    this.#isOrdered = this.#layout === null;
  }

  take(row: ReadRow): void {
    this.rowCount += 1;
    const { outcome } = row;
    if (outcome.kind === 'dropped') this.droppedCount += 1;
    else if (outcome.kind === 'bad') this.#bad(row, outcome.problem);
    else this.#takeRecords(row, outcome.mapped);
  }

  /** The index, sorted times in it, or `null` where none is needed. */
  finish(): RecordIndex | null {
    if (this.#isOrdered) return null;
    const index = this.#index;
    if (index === null || this.#layout === null) return index;
    index.shift(this.#layout.startsMicros());
    const order = index.order();
    this.firstLogTimeMicros = index.entry(order[0] ?? 0).logTimeMicros;
    this.lastLogTimeMicros = index.entry(order[order.length - 1] ?? 0).logTimeMicros;
    return index;
  }

  requirePlausibleTimes(): void {
    this.#spread?.requirePlausible(this.#options.file);
  }

  requireGoodRows(): void {
    if (this.#options.onBadRow === 'skip' || this.badCount === 0) return;
    const { file } = this.#options;
    const lines = this.badRows.map(({ line, problem }) => `  line ${line}: ${problem}`);
    const more = this.badCount > this.badRows.length ? `\n  and more in what follows` : '';
    throw replayError(
      'REPLAY_ROWS_INVALID',
      `${file} has rows that cannot be read:\n${lines.join('\n')}${more}`,
      {
        remedy:
          this.#options.format.kind === 'ndjson'
            ? 'Correct the lines: docs/events.md lists the fields, each line is one event or {"verdict": {...}}.'
            : 'Correct the rows or the mapping, or state on_bad_row: skip to leave such rows out and count them.',
        details: { file, badRows: this.badRows },
      },
    );
  }

  #bad(row: ReadRow, problem: string): void {
    this.badCount += 1;
    if (this.badRows.length < PROBLEMS_MAX) this.badRows.push({ line: row.span.line, problem });
    else this.requireGoodRows();
  }

  #takeRecords(row: ReadRow, mapped: MappedRow): void {
    const place = this.#place(row, mapped);
    if (place === 'bad') return;
    for (const [part, record] of mapped.records.entries()) {
      if ('event' in record) this.inferenceCount += 1;
      else this.verdictCount += 1;
      const logTimeMicros = place?.completedMicros ?? record.logTimeMicros;
      if (logTimeMicros < this.#previousMicros) this.#isOrdered = false;
      this.#previousMicros = logTimeMicros;
      // A run's place in time is where it ended, as long as its beginning is not known.
      this.#spread?.add(mapped.placement?.endAtMicros ?? logTimeMicros, row.span.line);
      this.firstLogTimeMicros = Math.min(this.firstLogTimeMicros, logTimeMicros);
      this.lastLogTimeMicros = Math.max(this.lastLogTimeMicros, logTimeMicros);
      const entry = {
        logTimeMicros,
        span: row.span,
        rowNumber: row.rowNumber,
        group: place?.group ?? 0,
        part,
      };
      if (this.#index?.add(entry) === false) this.#index = null;
    }
    if (this.#index === null && !this.#isOrdered) throw this.#tooMany();
  }

  #place(row: ReadRow, mapped: MappedRow): { group: number; completedMicros: number } | 'bad' | null {
    if (this.#layout === null || mapped.placement === null) return null;
    try {
      return this.#layout.place(mapped.placement);
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      this.#bad(row, error.message);
      return 'bad';
    }
  }

  #tooMany(): Error {
    const { file, indexedRecordsMax } = this.#options;
    const message = `${file} is not in time order and has more than ${indexedRecordsMax} records, too many to sort.`;
    return replayError('REPLAY_TOO_MANY_ROWS', message, {
      remedy: 'Sort the file by time first, or split it into parts that are replayed one after another.',
      details: { file, indexedRecordsMax },
    });
  }
}

function nothingIn(options: SurveyOptions, surveyor: Surveyor): Error {
  const { rowCount, droppedCount, badCount } = surveyor;
  const rows = `${rowCount} rows, of which the mapping drops ${droppedCount} and ${badCount} cannot be read`;
  const found = rowCount === 0 ? 'no rows' : rows;
  return replayError('REPLAY_FILE_EMPTY', `${options.file} holds nothing to replay: ${found}.`, {
    remedy: 'Give a file with at least one row that the mapping keeps.',
  });
}

/** Reads the whole file once, so that a mistake in the last row is known before the first record is published. */
export async function surveyFile(options: SurveyOptions): Promise<Survey> {
  const { file, format, stamp, onProgress } = options;
  const hash = createHash('sha256');
  const surveyor = new Surveyor(options);
  const blocks = new BlockReader(format, file);
  let bytesDone = 0;
  const onChunk = (chunk: Buffer) => {
    hash.update(chunk);
    bytesDone += chunk.length;
  };
  for await (const block of fileBlocks({ file, quote: format.quote, onChunk })) {
    for (const row of blocks.rows(block)) surveyor.take(row);
    onProgress({ bytesDone, bytesTotal: stamp.bytes, rowCount: surveyor.rowCount });
  }
  surveyor.requireGoodRows();
  surveyor.requirePlausibleTimes();
  if (surveyor.inferenceCount + surveyor.verdictCount === 0) throw nothingIn(options, surveyor);
  const index = surveyor.finish();
  const { rowCount, droppedCount, badCount, badRows, inferenceCount, verdictCount } = surveyor;
  const { firstLogTimeMicros, lastLogTimeMicros } = surveyor;
  return {
    contentSha256: hash.digest('hex'),
    ...{ rowCount, droppedCount, badCount, badRows, inferenceCount, verdictCount },
    ...{ firstLogTimeMicros, lastLogTimeMicros, index, cellCount: blocks.reader?.cellCount ?? 0 },
  };
}
