import { nearestWord } from '@burnline/core';

/**
 * How many suggestions may still be looked for. Each costs some fifty comparisons of words, and whoever sends a hundred
 * thousand unknown keys learns nothing from the last of them.
 */
export interface HintBudget {
  left: number;
}

/** A sender's records misspell the same keys: found once, they cost nothing. The bound holds against made-up keys. */
const REMEMBERED_MAX = 512;

interface KnownKeys {
  /** Each known key by its plain form. */
  readonly byPlain: ReadonlyMap<string, string>;
  readonly plain: readonly string[];
  readonly found: Map<string, string | null>;
}

/** By the list of keys itself: there is one for each kind of record. */
const prepared = new WeakMap<readonly string[], KnownKeys>();

/** The known key that a misspelt or differently cased one stands for; null where none is near, or the budget is spent. */
export function nearestKey(key: string, knownKeys: readonly string[], hints: HintBudget): string | null {
  const known = prepare(knownKeys);
  const plain = plainKey(key);
  const remembered = known.found.get(plain);
  if (remembered !== undefined) return remembered;
  if (hints.left <= 0) return null;
  hints.left -= 1;
  const nearest = search(plain, known);
  if (known.found.size < REMEMBERED_MAX) known.found.set(plain, nearest);
  return nearest;
}

function prepare(knownKeys: readonly string[]): KnownKeys {
  const before = prepared.get(knownKeys);
  if (before !== undefined) return before;
  const byPlain = new Map(knownKeys.map((key) => [plainKey(key), key]));
  const known = { byPlain, plain: [...byPlain.keys()], found: new Map<string, string | null>() };
  prepared.set(knownKeys, known);
  return known;
}

function search(plain: string, { byPlain, plain: candidates }: KnownKeys): string | null {
  const exact = byPlain.get(plain);
  if (exact !== undefined) return exact;
  const near = nearestWord(plain, candidates);
  if (near !== undefined) return byPlain.get(near) ?? null;
  const longer = plain.length >= 4 ? candidates.find((known) => known.startsWith(plain)) : undefined;
  return longer === undefined ? null : (byPlain.get(longer) ?? null);
}

function plainKey(key: string): string {
  return key.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
