import { createHash } from 'node:crypto';

/** Name of an SLO's series in addresses: `all` where it has no labels, else 16 hex digits of a hash of them. */
export function seriesNameOf(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return 'all';
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 16);
}
