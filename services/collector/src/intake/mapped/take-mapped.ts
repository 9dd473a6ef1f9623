import { uuidFromBytes } from '@burnline/contracts';
import { RowProblem } from '@burnline/specs';
import type { CollectorParts } from '../../collector-parts.ts';
import { recordFault } from '../../records/record-fault.ts';
import {
  RECORDS_MAX,
  addIssues,
  readRecords,
  recordsInvalid,
  type RecordForm,
} from '../../records/read-records.ts';
import type { Accepted, Exchange } from '../dialect.ts';
import { keepRecords } from '../keep-records.ts';
import type { Mapping, RecordRow } from './mapping.ts';

const MIB = 1024 * 1024;
const FOUND_CHARS_MAX = 300;

/** Prompts and answers may stand beside what is read: they are walked over, and only a record's length counts. */
const RECORDS: RecordForm = {
  limits: { bytesMax: MIB, valuesMax: Infinity, depthMax: Infinity },
  parse: (bytes) => bytes,
};

/** A row, and the record of the request that it is of. */
interface PlacedRow extends RecordRow {
  readonly index: number;
  /** Of its problems; empty where the record is its only row. */
  readonly path: string;
}

/** Takes what a mapping makes of a body. Rejects with COLLECTOR_RECORDS_INVALID, or as `appendParts` does. */
export async function takeMapped(
  parts: CollectorParts,
  { body, client, turns, signal }: Exchange,
  mapping: Mapping,
): Promise<Accepted> {
  const events = parts.writer.beginEvents();
  const verdicts = parts.writer.beginVerdicts();
  const ids = new Map<number, string>();
  let madeCount = 0;
  const { rows, problems, of } = placedRows(body, mapping);
  const step = (): boolean => {
    const { value: row, done } = rows.next();
    if (row === undefined) return done === true;
    addIssues(problems, row.index, () => {
      for (const record of mappedOf(mapping, row)) {
        const index = madeCount;
        madeCount += 1;
        const isKept =
          'event' in record ? events.add(record.event, index) : verdicts.add(record.verdict, index);
        if (isKept)
          ids.set(index, uuidFromBytes(('event' in record ? record.event : record.verdict).event_id));
      }
    });
    return false;
  };
  await turns.run(step, signal);
  return keepRecords(parts, {
    batches: [events, verdicts],
    client,
    ids,
    problems,
    of,
    isRefused: mapping.isRefused || (ids.size === 0 && events.leftOutCount === 0),
    remedy: `Correct the records, or the mapping ${mapping.name}: docs/replay.md describes every key.`,
  });
}

/** The rows of a body, one at a time; undefined where a part of it was read that brings none. */
function placedRows(body: Uint8Array, mapping: Mapping) {
  let placed: readonly PlacedRow[] | null = [];
  let rowCount = 0;
  const reading = readRecords(body, RECORDS, (bytes, index) => {
    const rows = mapping.rowsOf(bytes as Uint8Array, RECORDS_MAX - rowCount);
    rowCount += rows?.length ?? 0;
    placed =
      rows?.map((row, at) => ({ ...row, index, path: rows.length === 1 ? '' : `rows[${at}]` })) ?? null;
  });
  function* read(): Generator<PlacedRow | undefined, undefined> {
    while (!reading.step()) {
      yield undefined;
      if (placed === null) throw tooManyRows();
      yield* placed;
      placed = [];
    }
    return undefined;
  }
  const of = {
    noun: 'record',
    get count() {
      return reading.count;
    },
  };
  return { rows: read(), problems: reading.problems, of };
}

/** Not of one record: what was read of the others is not taken either. */
const tooManyRows = (): Error =>
  recordsInvalid(
    `The request holds more than ${RECORDS_MAX} rows; none was taken`,
    'Send them in several requests: smaller pages, or fewer of them.',
  );

function mappedOf(mapping: Mapping, row: PlacedRow): ReturnType<Mapping['recordsOf']> {
  try {
    return mapping.recordsOf(row);
  } catch (error) {
    if (!(error instanceof RowProblem)) throw error;
    const expected = `what the mapping ${mapping.name} reads`;
    const found = error.message.slice(0, FOUND_CHARS_MAX);
    throw recordFault([{ path: row.path, code: 'invalid_value', expected, found }]);
  }
}
