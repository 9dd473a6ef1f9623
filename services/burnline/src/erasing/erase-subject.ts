import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { dateTime64OfMs, type Store } from '@burnline/runtime';
import { textField, wordField, type GoverningRequest } from '../governing/request-fields.ts';

const SUBJECTS = ['user', 'session'] as const;
type Subject = (typeof SUBJECTS)[number];

/** What an erasure comes to. */
export interface Erasure {
  /** Null: nothing was erased yet, it was only looked at. */
  readonly id: string | null;
  readonly events: number;
  readonly verdicts: number;
  /** Rows that the database is still rewriting the table without. */
  readonly left: number;
}

/** The command waits for two minutes; what takes longer goes on in the database. */
const WAIT_MS = 90_000;
const LOOK_MS = 250;

/** SQL: events of the subject. A service may state the hash of a user, or the collector made it. */
const OF_SUBJECT: Readonly<Record<Subject, string>> = {
  user: '(user_hash = {id:String} OR user_hash = {hash:String})',
  session: 'session_id = {id:String}',
};

/** SQL: verdicts of requests that are the subject's alone. */
const verdictsOf = (mine: string): string =>
  `request_id IN (SELECT request_id FROM inference_events WHERE ${mine} AND request_id != '')
   AND request_id NOT IN (SELECT request_id FROM inference_events WHERE NOT ifNull(${mine}, false)
     AND request_id IN (SELECT request_id FROM inference_events WHERE ${mine} AND request_id != ''))`;

/**
 * Erases raw rows of a user or a session: their events, and the verdicts of their requests. What was counted from them stays.
 * Done again, it finds what came since.
 *
 * @param request `subject` (user or session), `of` (its id), `author`, `reason`, `isConfirmed`: without that it only counts
 *
 * Rejects with GOVERNING_INVALID.
 */
export async function eraseSubject(store: Store, request: GoverningRequest, nowMs: number): Promise<Erasure> {
  const [of, author, reason] = [
    textField(request, 'of'),
    textField(request, 'author'),
    textField(request, 'reason'),
  ];
  const subject = wordField(request, 'subject', SUBJECTS);
  const params = { id: of, hash: createHash('sha256').update(of).digest('hex') };
  const mine = OF_SUBJECT[subject];
  const count = async (table: string, where: string): Promise<number> => {
    const [row] = await store.query<{ n: number }>(
      `SELECT toFloat64(count()) AS n FROM ${table} WHERE ${where}`,
      params,
    );
    return row?.n ?? 0;
  };
  const events = await count('inference_events', mine);
  const verdicts = await count('eval_verdicts', verdictsOf(mine));
  if (request['isConfirmed'] !== true) return { id: null, events, verdicts, left: events + verdicts };
  const id = randomBytes(4).toString('hex');
  // First: what is erased and not written down would be known to nobody.
  await store.insertRows('erasures', [
    {
      id,
      erased_at: dateTime64OfMs(nowMs),
      subject,
      subject_hash: params.hash,
      events,
      verdicts,
      author,
      reason,
    },
  ]);
  // Verdicts before the events by which they are found.
  let left = await erased(store, 'eval_verdicts', verdictsOf(mine), { params, count });
  if (left === 0) left = await erased(store, 'inference_events', mine, { params, count });
  return { id, events, verdicts, left };
}

/** Has the database write its parts anew without these rows, and waits for that. @returns how many are still there */
async function erased(
  store: Store,
  table: string,
  where: string,
  {
    params,
    count,
  }: {
    readonly params: Readonly<Record<string, string>>;
    readonly count: (table: string, where: string) => Promise<number>;
  },
): Promise<number> {
  let left = await count(table, where);
  if (left === 0) return 0;
  await store.command(`ALTER TABLE ${table} DELETE WHERE ${where}`, params);
  for (let waitedMs = 0; left > 0 && waitedMs < WAIT_MS; waitedMs += LOOK_MS) {
    await sleep(LOOK_MS);
    left = await count(table, where);
  }
  return left;
}
