import type { IncomingMessage } from 'node:http';
import { newUuid, uuidFromContent } from '@burnline/contracts';
import { intakeError } from '../../http/intake-error.ts';

/** Visible ASCII, long enough for any UUID or hash. */
const KEY = /^[!-~]{1,255}$/;

/**
 * Ids for records that come without one. With an `Idempotency-Key` they follow from the key and the record's position, so
 * that the same request sent again has the same ids, and counts once; else they are made up. Each client's keys and each
 * kind of record are by themselves.
 *
 * Throws COLLECTOR_IDEMPOTENCY_KEY_INVALID.
 */
export function idSource(
  request: IncomingMessage,
  scope: { readonly client: string; readonly kind: string },
): (index: number) => Uint8Array {
  const key = readKey(request);
  if (key === null) return newUuid;
  return (index) => uuidFromContent('idempotency-key', scope.client, scope.kind, key, String(index));
}

function readKey(request: IncomingMessage): string | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  const given = Array.isArray(header) ? header.join(',') : header;
  // Written as a structured field it is in quotes; the key is the same.
  const key = /^"(.*)"$/.exec(given.trim())?.[1] ?? given.trim();
  if (KEY.test(key)) return key;
  throw intakeError(
    'COLLECTOR_IDEMPOTENCY_KEY_INVALID',
    'The Idempotency-Key is not 1 to 255 visible characters',
    {
      remedy: 'Send a UUID that is new for each request, and the same whenever that request is sent again.',
    },
  );
}
