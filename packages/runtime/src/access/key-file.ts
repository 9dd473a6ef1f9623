import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { AppError } from '@burnline/core';

/** A client's key as it is kept: its hash. Keys are random and long, so that one round of SHA-256 tells nothing of them. */
export interface StoredKey {
  readonly name: string;
  readonly sha256: Buffer;
  /** From then on it lets nobody in, epoch ms; null: it has no end. */
  readonly expiresMs: number | null;
  /** Records that its owner may send in the long run, by the second; null: as many as come. */
  readonly recordsPerSecond: number | null;
}

/** What a key is limited to. */
export type KeyLimits = Pick<StoredKey, 'expiresMs' | 'recordsPerSecond'>;

const NO_LIMITS: KeyLimits = { expiresMs: null, recordsPerSecond: null };
const RECORDS_PER_SECOND_MAX = 1_000_000;

/** What keys are for: the words and the code of what is wrong with them, and how they are made. */
export interface KeyUse {
  /** Of errors. */
  readonly code: string;
  /** `the intake` */
  readonly of: string;
  /** `burnline intake-key` */
  readonly command: string;
  /** What its keys begin with, so that one that leaks is known for what it is. */
  readonly prefix: string;
}

/** More lines than anybody's clients; each request is compared with all of them. */
const KEYS_MAX = 1_000;
export const KEY_FILE_BYTES_MAX = 256 * 1024;
const KEY_RANDOM_BYTES = 32;
const KEY_LINE =
  /^([A-Za-z0-9._-]{1,64})\s+sha256:([0-9a-f]{64})(?:\s+expires=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z))?(?:\s+records-per-second=([1-9]\d{0,6}))?$/;
const NAME = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * One key per line, `NAME sha256:HEX`, behind it `expires=TIME` and `records-per-second=NUMBER` where they are limited; empty lines and `#` lines are
 * for people. Throws the use's code.
 */
export function parseKeyFile(use: KeyUse, text: string, file: string): readonly StoredKey[] {
  const keys = text.split('\n').flatMap((line, index): readonly StoredKey[] => {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) return [];
    const [, name, hex, expires, rate] = KEY_LINE.exec(content) ?? [];
    const expiresMs = expires === undefined ? null : Date.parse(expires);
    if (name === undefined || hex === undefined || Number.isNaN(expiresMs)) {
      // The line is not shown: it may hold a key that somebody pasted.
      throw keysInvalid(
        use,
        `line ${index + 1} of ${file} is not NAME sha256:HEX (64 hex digits, lower case), with expires=TIME (ISO 8601, Z) and records-per-second=NUMBER behind it or without`,
      );
    }
    const recordsPerSecond = rate === undefined ? null : Number(rate);
    return [{ name, sha256: Buffer.from(hex, 'hex'), expiresMs, recordsPerSecond }];
  });
  if (keys.length > KEYS_MAX) throw keysInvalid(use, `${file} has more than ${KEYS_MAX} keys`);
  return keys;
}

export function keysInvalid(use: KeyUse, problem: string, cause?: unknown): AppError {
  return new AppError(use.code, `The keys of ${use.of} cannot be used: ${problem}`, {
    remedy: `Make keys with \`${use.command} NAME --file FILE\`, and name that file.`,
    cause,
  });
}

/** A new key and the line that lets it in. The key itself is kept nowhere. Throws the use's code for name or limits. */
export function makeKey(
  use: KeyUse,
  name: string,
  { expiresMs, recordsPerSecond }: KeyLimits = NO_LIMITS,
): { readonly key: string; readonly line: string } {
  if (!NAME.test(name))
    throw keysInvalid(use, 'a name is 1 to 64 of A-Z, a-z, 0-9, dot, underscore and hyphen');
  const isRate = (rate: number): boolean =>
    Number.isInteger(rate) && rate >= 1 && rate <= RECORDS_PER_SECOND_MAX;
  if (recordsPerSecond !== null && !isRate(recordsPerSecond))
    throw keysInvalid(use, `a rate is 1 to ${RECORDS_PER_SECOND_MAX} records a second`);
  const key = `${use.prefix}${randomBytes(KEY_RANDOM_BYTES).toString('base64url')}`;
  const limits = [
    ...(expiresMs === null ? [] : [`expires=${new Date(expiresMs).toISOString()}`]),
    ...(recordsPerSecond === null ? [] : [`records-per-second=${recordsPerSecond}`]),
  ];
  return { key, line: [`${name} sha256:${hashOf(key).toString('hex')}`, ...limits].join(' ') };
}

/** A key as it is kept; undefined: nobody's. The time it takes does not depend on which key is how nearly right. */
export function storedKeyOf(key: string, keys: readonly StoredKey[]): StoredKey | undefined {
  const hash = hashOf(key);
  let found: StoredKey | undefined;
  for (const one of keys) {
    if (timingSafeEqual(hash, one.sha256)) found = one;
  }
  return found;
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest();
}
