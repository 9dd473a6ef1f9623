/** Slots of the palette in theme/tokens.css: --e0 to --e11. */
const SLOTS = 12;

/** What is drawn together on every page, each with a slot of its own, so that no two share one by chance. */
const FIXED_SLOTS: Readonly<Record<string, number>> = { p50: 2, p95: 0, p99: 3, long: 0, short: 1 };

/**
 * The custom property with the colour of an entity (a model, a tenant, a percentile): it follows from the name alone, so
 * that an entity has one colour on every page, in every order and under every filter.
 */
export function colorProperty(entity: string): string {
  return `--e${FIXED_SLOTS[entity] ?? fnv1a(entity) % SLOTS}`;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}
