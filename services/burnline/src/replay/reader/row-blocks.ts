import type { CellsOrProblem } from './csv-cells.ts';
import type { FileFormat, RowReader } from './file-format.ts';
import type { RecordBlock, RecordSpan } from './record-splitter.ts';
import { RowProblem, type MappedRow } from '@burnline/specs';
import { replayError } from './replay-error.ts';
import type { Row } from './replay-record.ts';

export type RowOutcome =
  | { readonly kind: 'mapped'; readonly mapped: MappedRow }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'bad'; readonly problem: string };

export interface ReadRow {
  readonly span: RecordSpan;
  readonly rowNumber: number;
  readonly outcome: RowOutcome;
}

/** Maps one row; what is wrong with it becomes an outcome. */
export function mapCells(
  reader: RowReader,
  row: Omit<Row, 'cells'> & { readonly cells: CellsOrProblem },
  occurredAtMicros: number | null,
): RowOutcome {
  const { cells } = row;
  if ('problem' in cells) return { kind: 'bad', problem: cells.problem };
  if (cells.length !== reader.cellCount) {
    return { kind: 'bad', problem: `${cells.length} cells where ${reader.cellCount} are expected` };
  }
  try {
    const mapped = reader.mapper.map({ ...row, cells }, occurredAtMicros);
    return mapped === null ? { kind: 'dropped' } : { kind: 'mapped', mapped };
  } catch (error) {
    if (!(error instanceof RowProblem)) throw error;
    return { kind: 'bad', problem: error.message };
  }
}

export function rawBytes(block: RecordBlock, span: RecordSpan): Uint8Array {
  const start = span.offset - block.offset;
  return block.bytes.subarray(start, start + span.length);
}

/** Reads a file's blocks in order: the header first, then rows. */
export class BlockReader {
  readonly #format: FileFormat;
  readonly #file: string;
  #reader: RowReader | null = null;

  constructor(format: FileFormat, file: string) {
    this.#format = format;
    this.#file = file;
  }

  /** Known once the header was read. */
  get reader(): RowReader | null {
    return this.#reader;
  }

  rows(block: RecordBlock): ReadRow[] {
    if (block.spans.length === 0) return [];
    const cells = this.#format.cells(block);
    const isFirst = this.#reader === null;
    const reader = (this.#reader ??= this.#begin(cells[0]));
    const headerCount = this.#format.hasHeader ? 1 : 0;
    const from = isFirst ? headerCount : 0;
    return block.spans.slice(from).map((span, index) => {
      const rowNumber = span.ordinal - headerCount;
      const row = {
        number: rowNumber,
        line: span.line,
        raw: rawBytes(block, span),
        cells: cells[from + index] ?? [],
      };
      return { span, rowNumber, outcome: mapCells(reader, row, null) };
    });
  }

  #begin(first: CellsOrProblem | undefined): RowReader {
    if (!this.#format.hasHeader) return this.#format.reader([]);
    if (first !== undefined && !('problem' in first)) return this.#format.reader(first);
    throw replayError(
      'REPLAY_HEADER_INVALID',
      `${this.#file}: the header is ${first?.problem ?? 'missing'}.`,
      {
        remedy: 'Correct the first line of the file.',
      },
    );
  }
}
