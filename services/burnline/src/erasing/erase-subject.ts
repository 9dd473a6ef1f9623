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

/** In all: whoever asks the operations port gives up after two minutes. What takes longer goes on in the database. */
const WAIT_MS = 90_000;
const LOOK_MS = 250;
/** Requests of one mutation. */
const REQUESTS_MAX = 1_000;
const SHA256_HEX = /^[0-9a-f]{64}$/i;

/** SQL: events of the subject, by hashes alone: the database keeps the text of a mutation. A service may state any hash of a user, or the collector made it. */
const OF_SUBJECT: Readonly<Record<Subject, string>> = {
  user: '(user_hash = {hash:String} OR lower(hex(SHA256(user_hash))) = {idHash:String})',
  session: 'lower(hex(SHA256(session_id))) = {idHash:String}',
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
 * @param request `subject` (user or session), `of` (its id; of a user also the hash), `author`, `reason`, `isConfirmed`: without that it only counts
 * @param waitMs How long it waits, in all, for the database to be done
 *
 * Rejects with GOVERNING_INVALID.
 */
export async function eraseSubject(
  store: Store,
  request: GoverningRequest,
  nowMs: number,
  waitMs = WAIT_MS,
): Promise<Erasure> {
  const endMs = performance.now() + waitMs;
  const [of, author, reason] = [
    textField(request, 'of'),
    textField(request, 'author'),
    textField(request, 'reason'),
  ];
  const subject = wordField(request, 'subject', SUBJECTS);
  const idHash = createHash('sha256').update(of).digest('hex');
  const hash = subject === 'user' && SHA256_HEX.test(of) ? of.toLowerCase() : idHash;
  const params = { hash, idHash };
  const mine = { table: 'inference_events', where: OF_SUBJECT[subject], params };
  const judged = { table: 'eval_verdicts', where: verdictsOf(mine.where), params };
  const [events, verdicts] = [await count(store, mine), await count(store, judged)];
  if (request['isConfirmed'] !== true) return { id: null, events, verdicts, left: events + verdicts };
  const id = randomBytes(4).toString('hex');
  // First: what is erased and not written down would be known to nobody.
  await store.insertRows('erasures', [
    {
      id,
      erased_at: dateTime64OfMs(nowMs),
      subject,
      subject_hash: hash,
      events,
      verdicts,
      author,
      reason,
    },
  ]);
  // Verdicts are found by the events: which they are is known before either goes, and neither waits for the other.
  const requests = verdicts === 0 ? [] : await requestsOf(store, judged);
  const all: readonly Rows[] = [
    ...requests.map((ids) => ({
      table: judged.table,
      where: 'request_id IN {ids:Array(String)}',
      params: { ids },
    })),
    ...(events === 0 ? [] : [mine]),
  ];
  // The embedded engine would otherwise wait for each before it takes the next.
  for (const { table, where, params } of all)
    await store.command(`ALTER TABLE ${table} DELETE WHERE ${where} SETTINGS mutations_sync = 0`, params);
  return { id, events, verdicts, left: await leftOf(store, all, endMs) };
}

/** Rows of a table that are counted, or erased. */
interface Rows {
  readonly table: string;
  readonly where: string;
  readonly params: Readonly<Record<string, unknown>>;
}

async function count(store: Store, { table, where, params }: Rows): Promise<number> {
  const [row] = await store.query<{ n: number }>(
    `SELECT toFloat64(count()) AS n FROM ${table} WHERE ${where}`,
    params,
  );
  return row?.n ?? 0;
}

/** The requests of verdicts, in lists of so many as one mutation takes. */
async function requestsOf(
  store: Store,
  { table, where, params }: Rows,
): Promise<readonly (readonly string[])[]> {
  const rows = await store.query<{ request_id: string }>(
    `SELECT DISTINCT request_id FROM ${table} WHERE ${where} ORDER BY request_id`,
    params,
  );
  const ids = rows.map(({ request_id }) => request_id);
  const listCount = Math.ceil(ids.length / REQUESTS_MAX);
  return Array.from({ length: listCount }, (_, index) =>
    ids.slice(index * REQUESTS_MAX, (index + 1) * REQUESTS_MAX),
  );
}

/** Waits until the database has written its parts anew without these rows, or until then. @returns how many are still there */
async function leftOf(store: Store, all: readonly Rows[], endMs: number): Promise<number> {
  const waiting = [...all];
  for (;;) {
    const [next] = waiting;
    if (next === undefined) return 0;
    const left = await count(store, next);
    if (left === 0) waiting.shift();
    else if (performance.now() >= endMs) {
      const counts = await Promise.all(waiting.slice(1).map((rows) => count(store, rows)));
      return counts.reduce((sum, one) => sum + one, left);
    } else await sleep(LOOK_MS);
  }
}
