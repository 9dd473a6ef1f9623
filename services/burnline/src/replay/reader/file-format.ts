import { csvCells, type CellsOrProblem } from './csv-cells.ts';
import { columnLookup } from './csv-header.ts';
import { csvMapper } from './csv-mapper.ts';
import type { LoadedMapping } from '@burnline/specs';
import { ndjsonMapper } from './ndjson-mapper.ts';
import type { RecordBlock } from './record-splitter.ts';
import { replayError } from './replay-error.ts';
import type { RowMapper } from './replay-record.ts';

/** What reading a file needs to know of its kind. */
export interface FileFormat {
  readonly kind: 'csv' | 'ndjson';
  /** The byte within which line ends do not count. */
  readonly quote: number | null;
  /** True: the first record names the columns. */
  readonly hasHeader: boolean;
  readonly cells: (block: RecordBlock) => readonly CellsOrProblem[];
  /** Given the header's cells, or none where there is no header. Throws where the mapping does not fit. */
  readonly reader: (header: readonly string[]) => RowReader;
}

export interface RowReader {
  readonly mapper: RowMapper;
  /** Cells that every row must have. */
  readonly cellCount: number;
}

export function csvFormat(loaded: LoadedMapping, file: string): FileFormat {
  const { spec } = loaded.mapping;
  const { delimiter, quote, header: stated } = spec.csv;
  return {
    kind: 'csv',
    quote: quote === null ? null : quote.charCodeAt(0),
    hasHeader: stated === undefined,
    cells: (block) => csvCells(block, { delimiter, quote }),
    reader: (header) => {
      const columns = stated ?? header;
      const lookup = columnLookup(columns, spec, file);
      return { mapper: csvMapper(loaded, lookup), cellCount: columns.length };
    },
  };
}

/** Without a mapping, a file is NDJSON. A CSV file is refused by its name or its first line, not by 1000 JSON errors. */
export function ndjsonFormat(file: string): FileFormat {
  return {
    kind: 'ndjson',
    quote: null,
    hasHeader: false,
    cells: (block) => {
      const cells = block.spans.map(({ offset, length }) => {
        const start = offset - block.offset;
        return [Buffer.from(block.bytes.buffer, block.bytes.byteOffset + start, length).toString('utf8')];
      });
      const first = block.spans[0];
      if (first?.ordinal === 1 && !(cells[0]?.[0] ?? '').trimStart().startsWith('{'))
        throw mappingMissing(file);
      return cells;
    },
    reader: () => ({ mapper: ndjsonMapper(), cellCount: 1 }),
  };
}

export function mappingMissing(file: string): Error {
  return replayError(
    'REPLAY_MAPPING_MISSING',
    `${file} is not NDJSON: its first line does not begin with "{".`,
    {
      remedy: 'For a CSV file, say what its columns mean: --mapping mapping.yaml (docs/replay.md).',
      details: { file },
    },
  );
}
