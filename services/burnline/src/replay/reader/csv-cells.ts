import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import type { RecordBlock } from './record-splitter.ts';

export interface CsvDialect {
  readonly delimiter: string;
  /** One character, or `null`: quotes are ordinary characters. */
  readonly quote: string | null;
}

/** The cells of one record, or what is wrong with its quotes. */
export type CellsOrProblem = readonly string[] | { readonly problem: string };

function parseRecords(bytes: Uint8Array, dialect: CsvDialect): string[][] {
  return parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    delimiter: dialect.delimiter,
    quote: dialect.quote ?? false,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    bom: true,
  });
}

function parseOne(bytes: Uint8Array, dialect: CsvDialect): CellsOrProblem {
  try {
    const [cells, ...others] = parseRecords(bytes, dialect);
    if (cells !== undefined && others.length === 0) return cells;
    return { problem: 'the quotes of this row do not pair up' };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { problem: `broken CSV (${error.code})` };
  }
}

/** Cells of every record of a block, in order. */
export function csvCells(block: RecordBlock, dialect: CsvDialect): CellsOrProblem[] {
  try {
    const rows = parseRecords(block.bytes, dialect);
    // The splitter and the parser may differ over broken quotes only; then each record is judged by itself.
    if (rows.length === block.spans.length) return rows;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
  }
  return block.spans.map((span) => {
    const start = span.offset - block.offset;
    return parseOne(block.bytes.subarray(start, start + span.length), dialect);
  });
}
