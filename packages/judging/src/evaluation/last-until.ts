/** The last of some, in the order of instants, that is not after one. */
export function lastUntil<One extends { readonly atMs: number }>(
  all: readonly One[],
  atMs: number,
): One | undefined {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((all[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return all[low - 1];
}
