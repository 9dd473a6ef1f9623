/**
 * JSON with sorted keys: equal values give equal text. What is hashed from it is stored (revisions of specs, ids of replayed
 * records), so the text of a value never changes.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}
