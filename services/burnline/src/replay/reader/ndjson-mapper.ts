import { parseUniqueJson } from '@burnline/contracts';
import { RowProblem, checked, checkedInference, checkedVerdict, type RecordFields } from '@burnline/specs';
import { recordId, type ReplayRecord, type Row, type RowMapper } from './replay-record.ts';

const READING = 'ndjson';

function jsonObject(value: unknown, what: string): RecordFields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RowProblem(`${what} must be a JSON object`);
  }
  return Object.fromEntries(Object.entries(value));
}

function parseLine(text: string): RecordFields {
  try {
    return jsonObject(
      checked(() => parseUniqueJson(text)),
      'a line',
    );
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RowProblem(`not JSON: ${error.message}`);
  }
}

function readRecord(row: Row): ReplayRecord {
  const fields = parseLine(row.cells[0] ?? '');
  if (!('verdict' in fields))
    return checkedInference(fields, recordId({ reading: READING, part: 'inference', row }));
  const others = Object.keys(fields).filter((key) => key !== 'verdict');
  if (others.length > 0)
    throw new RowProblem(`nothing may stand beside "verdict"; found ${others.join(', ')}`);
  const id = recordId({ reading: READING, part: 'verdict/0', row });
  return checkedVerdict(jsonObject(fields['verdict'], '"verdict"'), id);
}

/** Lines of NDJSON: an inference event, or `{"verdict": {...}}`. */
export function ndjsonMapper(): RowMapper {
  return {
    map: (row) => ({ records: [readRecord(row)], placement: null }),
  };
}
