import { uuidFromContent } from '@burnline/contracts';
import type { MappedRecord, MappedRow } from '@burnline/specs';

/** One record of a history and its place in it: an inference's completion, a verdict's judgement. */
export type ReplayRecord = MappedRecord;

/** A row of the file: a CSV record below the header, or a line of NDJSON. */
export interface Row {
  /** 1-based among the rows. */
  readonly number: number;
  /** 1-based line of the file. */
  readonly line: number;
  /** Its bytes, the line end not included. */
  readonly raw: Uint8Array;
  readonly cells: readonly string[];
}

/** Turns rows into records. */
export interface RowMapper {
  /**
   * `null`: the mapping drops the row. `occurredAtMicros` is given where the row's time was derived; before, and for
   * rows with a time of their own, it is `null`. Throws `RowProblem`.
   */
  readonly map: (row: Row, occurredAtMicros: number | null) => MappedRow | null;
}

/**
 * The id of a record: the same content read by the same mapping at the same row gives the same id, whatever the
 * file's name.
 */
export function recordId(options: {
  /** The mapping's identity, or the name of the format where there is none. */
  readonly reading: string;
  /** Which of the row's records: `inference`, `verdict/0`... */
  readonly part: string;
  readonly row: Row;
}): Uint8Array {
  const { reading, part, row } = options;
  // Rows were found to be UTF-8, so text and bytes say the same.
  const text = Buffer.from(row.raw.buffer, row.raw.byteOffset, row.raw.byteLength).toString('utf8');
  return uuidFromContent('burnline-replay/1', reading, part, String(row.number), text);
}
