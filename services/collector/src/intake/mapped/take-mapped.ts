import { uuidFromBytes } from '@burnline/contracts';
import { RowProblem } from '@burnline/specs';
import type { CollectorParts } from '../../collector-parts.ts';
import { recordFault } from '../../records/record-fault.ts';
import { readRecords, type RecordForm } from '../../records/read-records.ts';
import type { Accepted, Exchange } from '../dialect.ts';
import { keepRecords } from '../keep-records.ts';
import type { Mapping } from './mapping.ts';

const MIB = 1024 * 1024;
const FOUND_CHARS_MAX = 300;

/** Prompts and answers may stand beside what is read: they are walked over, and only a record's length counts. */
const RECORDS: RecordForm = {
  limits: { bytesMax: MIB, valuesMax: Infinity, depthMax: Infinity },
  parse: (bytes) => bytes,
};

/** Takes what a mapping makes of a body. Rejects with COLLECTOR_RECORDS_INVALID, or as `appendParts` does. */
export async function takeMapped(
  parts: CollectorParts,
  { body, client, turns, signal }: Exchange,
  mapping: Mapping,
): Promise<Accepted> {
  const events = parts.writer.beginEvents();
  const verdicts = parts.writer.beginVerdicts();
  const ids = new Map<number, string>();
  const reading = readRecords(body, RECORDS, (bytes) => {
    for (const record of mappedOf(mapping, bytes as Uint8Array)) {
      const index = ids.size;
      if ('event' in record) events.add(record.event, index);
      else verdicts.add(record.verdict, index);
      ids.set(index, uuidFromBytes(('event' in record ? record.event : record.verdict).event_id));
    }
  });
  await turns.run(reading.step, signal);
  return keepRecords(parts, {
    batches: [events, verdicts],
    client,
    ids,
    problems: reading.problems,
    of: { count: reading.count, noun: 'record' },
    isRefused: mapping.isRefused || ids.size === 0,
    remedy: `Correct the records, or the mapping ${mapping.name}: docs/replay.md describes every key.`,
  });
}

function mappedOf(mapping: Mapping, bytes: Uint8Array): ReturnType<Mapping['recordsOf']> {
  try {
    return mapping.recordsOf(bytes);
  } catch (error) {
    if (!(error instanceof RowProblem)) throw error;
    const expected = `what the mapping ${mapping.name} reads`;
    const found = error.message.slice(0, FOUND_CHARS_MAX);
    throw recordFault([{ path: '', code: 'invalid_value', expected, found }]);
  }
}
