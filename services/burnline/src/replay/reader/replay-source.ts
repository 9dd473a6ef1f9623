import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { fileBlocks, stampFile, type FileStamp } from './file-blocks.ts';
import { csvFormat, mappingMissing, ndjsonFormat, type FileFormat, type RowReader } from './file-format.ts';
import { indexedRecords } from './indexed-records.ts';
import type { LoadedMapping, ReplayMapping } from '@burnline/specs';
import { loadMapping } from './load-mapping.ts';
import { INDEXED_RECORDS_MAX } from './record-index.ts';
import { replayError } from './replay-error.ts';
import type { ReplayRecord } from './replay-record.ts';
import { BlockReader } from './row-blocks.ts';
import { surveyFile, type BadRow, type BadRowPolicy, type ReplayProgress, type Survey } from './survey.ts';

export interface OpenReplayOptions {
  /** A CSV file with a mapping, or NDJSON without. */
  readonly file: string;
  /** Path of the mapping file. */
  readonly mapping?: string;
  /** For NDJSON, `stop` by default; a mapping file states its own. */
  readonly onBadRow?: BadRowPolicy;
  /** What no record can be later than, epoch ms; null: all times are taken as they are. The clock of this machine by default. */
  readonly nowMs?: number | null;
  /** Called as the first reading goes on, about four times per MiB. */
  readonly onProgress?: (progress: ReplayProgress) => void;
}

/** A history that was read once and found sound. */
export interface ReplaySource {
  readonly kind: 'csv' | 'ndjson';
  readonly file: string;
  /** SHA-256, hex, over content and mapping: the same identity gives the same records with the same ids. */
  readonly identity: string;
  /** SHA-256, hex, of the file's bytes. */
  readonly contentSha256: string;
  /** From the mapping: name, title, source, licence, and what in the records was not measured. */
  readonly label: ReplayMapping['metadata'] | null;
  readonly totalBytes: number;
  /** Rows of the file: the header and blank lines not counted. */
  readonly totalRows: number;
  /** Rows that the mapping drops. */
  readonly droppedRows: number;
  /** Rows that could not be read and were left out (`on_bad_row: skip`); the first of them with their lines. */
  readonly skippedRows: { readonly count: number; readonly first: readonly BadRow[] };
  readonly inferenceCount: number;
  readonly verdictCount: number;
  /** Epoch microseconds. */
  readonly firstLogTimeMicros: number;
  readonly lastLogTimeMicros: number;
  /** `streamed`: the file is in time order. `sorted`: its records are put in order through an index in memory. */
  readonly order: 'streamed' | 'sorted';
  /**
   * The records by log time, then by row, in batches of some thousand at most. May be called again.
   * Throws `REPLAY_FILE_CHANGED` where the file is not what it was when it was opened.
   */
  readonly records: () => AsyncIterable<readonly ReplayRecord[]>;
}

interface Opened {
  readonly file: string;
  readonly stamp: FileStamp;
  readonly format: FileFormat;
  readonly survey: Survey;
  readonly isTimeDerived: boolean;
}

function changed(file: string): Error {
  return replayError('REPLAY_FILE_CHANGED', `${file} was changed while it was being replayed.`, {
    remedy: 'Start the replay again, from a file that nobody writes to.',
  });
}

async function requireUnchanged({ file, stamp }: Opened): Promise<void> {
  const now = await stampFile(file);
  if (now.bytes !== stamp.bytes || now.modifiedMs !== stamp.modifiedMs) throw changed(file);
}

/** The header is needed before rows are read where they stand. */
async function readerOf({ file, format }: Opened): Promise<RowReader> {
  const blocks = new BlockReader(format, file);
  for await (const block of fileBlocks({ file, quote: format.quote })) {
    blocks.rows(block);
    if (blocks.reader !== null) return blocks.reader;
  }
  throw changed(file);
}

async function* streamedRecords(opened: Opened): AsyncGenerator<readonly ReplayRecord[]> {
  const { file, format, survey } = opened;
  const blocks = new BlockReader(format, file);
  let recordCount = 0;
  for await (const block of fileBlocks({ file, quote: format.quote })) {
    const records = blocks
      .rows(block)
      .flatMap(({ outcome }) => (outcome.kind === 'mapped' ? outcome.mapped.records : []));
    recordCount += records.length;
    if (records.length > 0) yield records;
  }
  if (recordCount !== survey.inferenceCount + survey.verdictCount) throw changed(file);
}

async function* recordsOf(opened: Opened): AsyncGenerator<readonly ReplayRecord[]> {
  await requireUnchanged(opened);
  const { file, format, isTimeDerived } = opened;
  const { index } = opened.survey;
  if (index === null) yield* streamedRecords(opened);
  else {
    const reader = await readerOf(opened);
    yield* indexedRecords({ file, format, reader, index, isTimeDerived, changed: () => changed(file) });
  }
  await requireUnchanged(opened);
}

function formatOf(file: string, loaded: LoadedMapping | null): FileFormat {
  if (loaded !== null) return csvFormat(loaded, file);
  if (['.csv', '.tsv'].includes(extname(file).toLowerCase())) throw mappingMissing(file);
  return ndjsonFormat(file);
}

/**
 * Opens a recorded history and reads it through once: every row is mapped and checked, so that nothing is published
 * of a file with a mistake in its last row. Throws `AppError` with a code of `ReplayErrorCode`.
 */
export async function openReplay(options: OpenReplayOptions): Promise<ReplaySource> {
  const { file } = options;
  const stamp = await stampFile(file);
  const loaded = options.mapping === undefined ? null : await loadMapping(options.mapping);
  const format = formatOf(file, loaded);
  const spec = loaded?.mapping.spec;
  const workerCount = spec?.time.kind === 'sequence' ? spec.time.workers : null;
  const survey = await surveyFile({
    file,
    stamp,
    format,
    workerCount,
    onBadRow: spec?.on_bad_row ?? options.onBadRow ?? 'stop',
    onProgress: options.onProgress ?? (() => undefined),
    indexedRecordsMax: INDEXED_RECORDS_MAX,
    nowMs: options.nowMs === undefined ? Date.now() : options.nowMs,
  });
  const opened: Opened = { file, stamp, format, survey, isTimeDerived: workerCount !== null };
  await requireUnchanged(opened);
  const identity = createHash('sha256')
    .update(`${survey.contentSha256}\n${loaded?.identity ?? format.kind}`)
    .digest('hex');
  return {
    kind: format.kind,
    file,
    identity,
    contentSha256: survey.contentSha256,
    label: loaded?.mapping.metadata ?? null,
    totalBytes: stamp.bytes,
    totalRows: survey.rowCount,
    droppedRows: survey.droppedCount,
    skippedRows: { count: survey.badCount, first: survey.badRows },
    inferenceCount: survey.inferenceCount,
    verdictCount: survey.verdictCount,
    firstLogTimeMicros: survey.firstLogTimeMicros,
    lastLogTimeMicros: survey.lastLogTimeMicros,
    order: survey.index === null ? 'streamed' : 'sorted',
    records: () => recordsOf(opened),
  };
}
