import { uuidFromBytes } from '@burnline/contracts';
import type { CollectorParts } from '../../collector-parts.ts';
import { addIssues } from '../../records/read-records.ts';
import { RecordProblems } from '../../records/record-problems.ts';
import type { Accepted, Exchange } from '../dialect.ts';
import { keepRecords } from '../keep-records.ts';
import { verdictOfLog } from './evaluations.ts';
import { exportPieces, type ExportCodec } from './located.ts';
import type { LogRecord } from './span.ts';

const REMEDY = 'docs/intake.md says what is read of a log; other records need not be sent.';

/** Takes the verdicts of an export request of logs; of other records nothing is made. Rejects as `keepRecords` does. */
export async function takeLogs(
  parts: CollectorParts,
  { body, client, turns, signal }: Omit<Exchange, 'request'>,
  codec: ExportCodec<LogRecord>,
): Promise<Accepted> {
  const batch = parts.writer.beginVerdicts();
  const ids = new Map<number, string>();
  const problems = new RecordProblems();
  const pieces = exportPieces(body, codec);
  let count = 0;
  const step = (): boolean => {
    const next = pieces.next();
    if (next.done === true) return true;
    const { value: piece } = next;
    if (piece === undefined) return false;
    const index = count;
    count += 1;
    addIssues(problems, index, () => {
      const verdict = verdictOfLog(piece.read());
      if (verdict === null) return;
      batch.add(verdict, index);
      ids.set(index, uuidFromBytes(verdict.event_id));
    });
    return false;
  };
  await turns.run(step, signal);
  parts.metrics?.ignored('logs', count - ids.size - problems.wrongCount);
  return keepRecords(parts, {
    batches: [batch],
    client,
    ids,
    problems,
    of: { count, noun: 'record' },
    // An exporter throws a refused batch away: one that holds anything else is taken.
    isRefused: problems.wrongCount === count,
    remedy: REMEDY,
  });
}
