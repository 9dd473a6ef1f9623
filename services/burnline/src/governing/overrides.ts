import { randomBytes } from 'node:crypto';
import {
  AppError,
  DAY_MS,
  HOUR_MS,
  isOverrideInForce,
  nearestWord,
  OVERRIDE_MS_MAX,
  STOPPABLE_KINDS,
  type ChangeKind,
} from '@burnline/core';
import { readOverrides } from '@burnline/queries';
import { dateTime64OfMs, type Store } from '@burnline/runtime';
import { invalidRequest, textField, type GoverningRequest } from './request-fields.ts';

type OverrideErrorCode = 'OVERRIDE_UNKNOWN' | 'OVERRIDE_SERVICE_UNKNOWN';

const LENGTH_MS_MIN = 60_000;

/**
 * Signs an override: changes of a service pass what policies stop, until it expires.
 *
 * @param request `service`, `changes` (kinds; a fix needs none), `lengthMs`, `author`, `reason`
 *
 * Rejects with GOVERNING_INVALID or OVERRIDE_SERVICE_UNKNOWN.
 */
export async function addOverride(
  store: Store,
  request: GoverningRequest,
  nowMs: number,
): Promise<{ readonly id: string; readonly expires: string }> {
  const [author, reason] = [textField(request, 'author'), textField(request, 'reason')];
  const service = textField(request, 'service');
  const changes = changesOf(request);
  const expiresMs = nowMs + lengthOf(request);
  await checkService(store, service);
  const id = randomBytes(4).toString('hex');
  await store.insertRows('policy_overrides', [
    {
      ...{ id, action: 'add', author, reason, service, changes },
      written_at: dateTime64OfMs(nowMs),
      expires_at: dateTime64OfMs(expiresMs),
    },
  ]);
  return { id, expires: new Date(expiresMs).toISOString() };
}

/**
 * Ends an override before its time.
 *
 * @param request `id`, `author`, `reason`
 *
 * Rejects with GOVERNING_INVALID or OVERRIDE_UNKNOWN.
 */
export async function endOverride(
  store: Store,
  request: GoverningRequest,
  nowMs: number,
): Promise<{ readonly id: string }> {
  const [id, author, reason] = [
    textField(request, 'id'),
    textField(request, 'author'),
    textField(request, 'reason'),
  ];
  const known = (await readOverrides(store, { asOfMs: nowMs })).find((one) => one.id === id);
  if (known === undefined || !isOverrideInForce(known, nowMs))
    throw new AppError<OverrideErrorCode>('OVERRIDE_UNKNOWN', `No override ${id} is in force`, {
      remedy: '`burnline override list` has those that are.',
    });
  const { service, changes, expiresMs } = known;
  await store.insertRows('policy_overrides', [
    {
      ...{ id, action: 'end', author, reason, service, changes },
      written_at: dateTime64OfMs(nowMs),
      expires_at: dateTime64OfMs(expiresMs),
    },
  ]);
  return { id };
}

function changesOf({ changes }: GoverningRequest): readonly ChangeKind[] {
  const given = Array.isArray(changes) ? (changes as readonly unknown[]) : [];
  const known = STOPPABLE_KINDS.filter((kind) => given.includes(kind));
  if (given.length > 0 && known.length === new Set(given).size) return known;
  throw invalidRequest(
    `changes must be some of ${STOPPABLE_KINDS.join(', ')}`,
    'Name those that are to pass; a fix passes without.',
  );
}

function lengthOf({ lengthMs }: GoverningRequest): number {
  if (typeof lengthMs === 'number' && lengthMs >= LENGTH_MS_MIN && lengthMs <= OVERRIDE_MS_MAX)
    return Math.floor(lengthMs);
  throw invalidRequest(
    `An override is for a minute at least and ${OVERRIDE_MS_MAX / DAY_MS} days (${OVERRIDE_MS_MAX / HOUR_MS} hours) at most`,
    'Give a shorter time; what has to last is a policy.',
  );
}

/** An override of what nobody knows by this name would let nothing pass, and nobody would see it. */
async function checkService(store: Store, service: string): Promise<void> {
  const rows = await store.query<{ readonly name: string }>(
    'SELECT DISTINCT toString(service) AS name FROM slos ORDER BY name LIMIT 10000',
  );
  const known = rows.map(({ name }) => name);
  if (known.includes(service)) return;
  const nearest = nearestWord(service, known);
  throw new AppError<OverrideErrorCode>('OVERRIDE_SERVICE_UNKNOWN', `No SLO is of a service ${service}`, {
    remedy: nearest === undefined ? 'Name a service that has SLOs.' : `Did you mean "${nearest}"?`,
  });
}
