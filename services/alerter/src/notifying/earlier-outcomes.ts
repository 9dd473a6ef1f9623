import { STORE_RETRY, retrying } from '@burnline/runtime';
import type { LanePositions } from './lane-positions.ts';
import type { NotifierParts } from './notifier-parts.ts';

/** By receiver: keys of decisions. */
type Keys = ReadonlyMap<string, ReadonlySet<string>>;

/** What became of notifications in an earlier run. */
export interface EarlierOutcomes {
  /** What a receiver is done with, of those decisions that it is still asked about. */
  readonly delivered: Keys;
  /** What was withheld from it because of a silence. */
  readonly silenced: Keys;
}

/** Longer than any silence lasts. */
const SILENCED_DAYS = 400;

export async function readEarlierOutcomes(
  parts: Pick<NotifierParts, 'store' | 'clock'>,
  positions: LanePositions,
  signal: AbortSignal,
): Promise<EarlierOutcomes> {
  const delivered = await readFinished(parts, positions, signal);
  return { delivered, silenced: await readSilenced(parts, signal) };
}

/**
 * A receiver that is behind is done with some of what lies behind its position: other series went on. What was only held
 * back is not among it: it may have spoken up under the same key.
 */
async function readFinished(
  { store, clock }: Pick<NotifierParts, 'store' | 'clock'>,
  { behind }: LanePositions,
  signal: AbortSignal,
): Promise<Keys> {
  const finished = new Map<string, ReadonlySet<string>>();
  for (const [receiver, offset] of behind) {
    const read = (): Promise<{ decision_key: string }[]> =>
      store.query(
        `SELECT decision_key FROM alert_notifications FINAL
         WHERE receiver = {receiver:String} AND outcome IN ('delivered', 'failed')
           AND decision_key IN (SELECT decision_key FROM alert_decisions WHERE log_offset >= {offset:UInt64})`,
        { receiver, offset },
      );
    const rows = await retrying(read, STORE_RETRY, { clock, signal });
    finished.set(receiver, new Set(rows.map((row) => row.decision_key)));
  }
  return finished;
}

async function readSilenced(
  { store, clock }: Pick<NotifierParts, 'store' | 'clock'>,
  signal: AbortSignal,
): Promise<Keys> {
  const read = (): Promise<{ receiver: string; keys: string[] }[]> =>
    store.query(
      `SELECT receiver, groupArray(decision_key) AS keys FROM alert_notifications FINAL
       WHERE outcome = 'silenced' AND finished_at > now64(3) - INTERVAL {days:UInt16} DAY
       GROUP BY receiver`,
      { days: SILENCED_DAYS },
    );
  const rows = await retrying(read, STORE_RETRY, { clock, signal });
  return new Map(rows.map(({ receiver, keys }) => [receiver, new Set(keys)]));
}
