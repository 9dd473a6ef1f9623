/** An insert is built while the one before is on its way; more in flight would only hold more memory. */
const INSERTS_IN_FLIGHT_MAX = 2;

/**
 * Runs the steps in their order, two at a time: each is begun when one before is done. After a failure none is begun any
 * more, and the first error is thrown once nothing is under way: whoever tries again finds no insert of the last attempt.
 */
export async function runInPairs(steps: readonly (() => Promise<void>)[]): Promise<void> {
  const rest = steps[Symbol.iterator]();
  let failure: { readonly error: unknown } | null = null;
  const runOn = async (): Promise<void> => {
    for (const step of rest) {
      try {
        await step();
      } catch (error) {
        failure ??= { error };
      }
      if (failure !== null) return;
    }
  };
  await Promise.all(Array.from({ length: INSERTS_IN_FLIGHT_MAX }, runOn));
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
}
