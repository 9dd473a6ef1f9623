import { createHash } from 'node:crypto';

/** SHA-256 in hex. Never the name: names, mail addresses and numbers of users stay with their sender. */
export function hashOfUser(user: string): string {
  return createHash('sha256').update(user).digest('hex');
}
