import { createHash, createHmac } from 'node:crypto';
import { receiverInvalid } from '../address.ts';
import { entriesOf } from '../named-entries.ts';

/** Keys that bodies are signed with; two while one takes the other's place. */
export type SigningKeys = readonly Buffer[];

const PREFIX = 'whsec_';
/** What Standard Webhooks asks of a key, in bytes. */
const KEY_BYTES = { min: 24, max: 64 };
/** One that is in use, and one that is to be. */
const KEYS_MAX = 2;

const KEYS_REMEDY =
  'Write `whsec_` and 24 to 64 random bytes in Base64, or NAME=whsec_… for the webhook of that name; at most two keys for each.';
const NAMED = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,39})=(whsec_.*)$/s;

/**
 * Keys as they are written: `whsec_…` for every webhook, `NAME=whsec_…` for one, in place of those for all. Throws
 * RECEIVER_INVALID, which shows no key.
 */
export function signingKeys(text: string): (name: string) => SigningKeys {
  const ofAll: Buffer[] = [];
  const ofNames = new Map<string, Buffer[]>();
  for (const [index, entry] of entriesOf(text).entries()) {
    const [, name, written = entry] = NAMED.exec(entry) ?? [];
    const keys = name === undefined ? ofAll : (ofNames.get(name) ?? []);
    if (name !== undefined) ofNames.set(name, keys);
    keys.push(keyOf(written, index + 1));
    if (keys.length > KEYS_MAX)
      throw receiverInvalid(`A webhook has more than ${KEYS_MAX} signing keys.`, KEYS_REMEDY);
  }
  return (name) => ofNames.get(name) ?? ofAll;
}

function keyOf(written: string, number: number): Buffer {
  const text = written.startsWith(PREFIX) ? written.slice(PREFIX.length) : '';
  const key = Buffer.from(text, 'base64');
  const isWhole = key.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  if (isWhole && key.length >= KEY_BYTES.min && key.length <= KEY_BYTES.max) return key;
  throw receiverInvalid(`Signing key ${number} is none.`, KEYS_REMEDY);
}

/**
 * Headers of Standard Webhooks: the same `webhook-id` for every attempt at a notification, the time of this one in seconds, and
 * one signature per key, so that receivers that know either take it.
 */
export function signatureHeaders(
  keys: SigningKeys,
  { key, text, nowMs }: { readonly key: string; readonly text: string; readonly nowMs: number },
): Readonly<Record<string, string>> {
  if (keys.length === 0) return {};
  // No full stop may stand in it: it parts what is signed.
  const id = `msg_${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signatures = keys.map((one) => {
    const signature = createHmac('sha256', one).update(`${id}.${timestamp}.${text}`).digest('base64');
    return `v1,${signature}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
