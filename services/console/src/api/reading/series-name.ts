import { createHash } from 'node:crypto';

/** Every reading names thousands of series, and nearly all of them as the one before it. */
const NAMES_MAX = 50_000;
const knownNames = new Map<string, string>();

/** Name of an SLO's series in addresses: `all` where it has no labels, else 16 hex digits of a hash of them. */
export function seriesNameOf(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return 'all';
  const text = JSON.stringify(entries);
  const known = knownNames.get(text);
  if (known !== undefined) return known;
  if (knownNames.size >= NAMES_MAX) knownNames.clear();
  const name = createHash('sha256').update(text).digest('hex').slice(0, 16);
  knownNames.set(text, name);
  return name;
}
