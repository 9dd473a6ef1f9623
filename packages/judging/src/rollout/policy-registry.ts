import { loadSpecs, type SpecFile } from '@burnline/specs';
import { dateTime64OfMs, type Store } from '@burnline/runtime';

/** Records the policies of the spec files that a stream has from now on, if they are others than before. */
export async function recordPolicies(
  store: Store,
  stream: string,
  { files, nowMs }: { readonly files: readonly SpecFile[]; readonly nowMs: number },
): Promise<void> {
  const policies = JSON.stringify(loadSpecs(files, { mode: 'tolerant' }).policies);
  const [last] = await store.query<{ readonly policies: string; readonly loaded_ms: number }>(
    `SELECT policies, toUnixTimestamp64Milli(loaded_at) AS loaded_ms FROM error_budget_policies
     WHERE stream = {stream:String} ORDER BY loaded_at DESC LIMIT 1`,
    { stream },
  );
  // Where there were none, and are none, the shipped ones hold as they did.
  if ((last?.policies ?? '[]') === policies) return;
  const loadedMs = Math.max(nowMs, (last?.loaded_ms ?? -1) + 1);
  await store.insertRows('error_budget_policies', [
    { stream, policies, loaded_at: dateTime64OfMs(loadedMs) },
  ]);
}
