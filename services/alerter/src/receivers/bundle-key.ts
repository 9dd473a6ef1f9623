import { createHash } from 'node:crypto';
import type { Notice } from './notice.ts';

/** What one request about several alerts is known by, in whatever order they stand in it. */
export function bundleKeyOf(notices: readonly Notice[]): string {
  const [single] = notices;
  if (notices.length === 1 && single !== undefined) return single.telling.key;
  const keys = notices.map(({ telling }) => telling.key).sort();
  return `group|${createHash('sha256').update(JSON.stringify(keys)).digest('hex').slice(0, 32)}`;
}

/** The one that burns most: what is said of all of them at once. */
export function worstOf(notices: readonly Notice[]): Notice {
  const [worst] = [...notices].sort((a, b) => burnOf(b) - burnOf(a));
  if (worst === undefined) throw new TypeError('there is something to tell');
  return worst;
}

const burnOf = ({ telling }: Notice): number => telling.decision.evidence.burnRate?.long ?? 0;
