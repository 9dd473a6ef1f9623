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
  /** What it was asked to take and has not; of what lies before its position, fires that a silence had withheld before. */
  readonly waiting: Keys;
}

/** Where a receiver's lane begins. Keys are those of decisions. */
export interface LaneStart {
  /** Everything before it in the log was finished in an earlier run. */
  readonly offset: number;
  /** What an earlier run finished behind that. */
  readonly finishedKeys: ReadonlySet<string>;
  readonly silencedKeys: ReadonlySet<string>;
  readonly waitingKeys: ReadonlySet<string>;
}

/** Longer than any silence lasts. */
const SILENCED_DAYS = 400;

export async function readEarlierOutcomes(
  parts: Pick<NotifierParts, 'store' | 'clock'>,
  positions: LanePositions,
  signal: AbortSignal,
): Promise<EarlierOutcomes> {
  const delivered = await readFinished(parts, positions, signal);
  const [silenced, waiting] = [
    await readByOutcome(parts, 'silenced', signal),
    await readByOutcome(parts, 'waiting', signal),
  ];
  return { delivered, silenced, waiting };
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
           AND decision_key IN (SELECT decision_key FROM alert_decisions WHERE log_offset >= {offset:UInt64}
                                UNION ALL SELECT decision_key FROM policy_notices WHERE log_offset >= {offset:UInt64})`,
        { receiver, offset },
      );
    const rows = await retrying(read, STORE_RETRY, { clock, signal });
    finished.set(receiver, new Set(rows.map((row) => row.decision_key)));
  }
  return finished;
}

async function readByOutcome(
  { store, clock }: Pick<NotifierParts, 'store' | 'clock'>,
  outcome: 'silenced' | 'waiting',
  signal: AbortSignal,
): Promise<Keys> {
  const read = (): Promise<{ receiver: string; keys: string[] }[]> =>
    store.query(
      `SELECT receiver, groupArray(decision_key) AS keys FROM alert_notifications FINAL
       WHERE outcome = {outcome:String} AND finished_at > now64(3) - INTERVAL {days:UInt16} DAY
       GROUP BY receiver`,
      { outcome, days: SILENCED_DAYS },
    );
  const rows = await retrying(read, STORE_RETRY, { clock, signal });
  return new Map(rows.map(({ receiver, keys }) => [receiver, new Set(keys)]));
}
