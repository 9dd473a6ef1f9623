/** What a page shows is in its address: filters, order, range. Pure: the hook is in use-url-state.ts. */

export type UrlState = Readonly<Record<string, string>>;

/** Parameters of an address; the last of several with one name stands. */
export function readUrlState(search: string): UrlState {
  return Object.fromEntries(new URLSearchParams(search));
}

/** The address's query with changes in it: null or an empty text takes a parameter away. Sorted, so that equal states have one address. */
export function writeUrlState(state: UrlState, changes: Readonly<Record<string, string | null>>): string {
  const merged = Object.entries({ ...state, ...changes }).filter(
    (entry): entry is [string, string] => entry[1] !== null && entry[1] !== '',
  );
  merged.sort(([a], [b]) => (a < b ? -1 : 1));
  return new URLSearchParams(merged).toString();
}

/** A stretch of time in an address, epoch ms; null if it is none. */
export function rangeOf(state: UrlState): { readonly fromMs: number; readonly toMs: number } | null {
  const [fromMs, toMs] = [Number(state['from'] ?? Number.NaN), Number(state['to'] ?? Number.NaN)];
  return Number.isSafeInteger(fromMs) && Number.isSafeInteger(toMs) && fromMs < toMs
    ? { fromMs, toMs }
    : null;
}
