import { setImmediate as turn } from 'node:timers/promises';

/** How long work on many things may hold the event loop: whoever else is served by the process waits no longer for it. */
const TURN_MS = 8;

/** What each becomes, in their order, in turns: what else the process has to do comes in between. Rejects with what `of` throws. */
export async function mapInTurns<Item, Result>(
  all: Iterable<Item>,
  of: (item: Item) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  let endMs = performance.now() + TURN_MS;
  for (const item of all) {
    results.push(of(item));
    if (performance.now() < endMs) continue;
    await turn();
    endMs = performance.now() + TURN_MS;
  }
  return results;
}
