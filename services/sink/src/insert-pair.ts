/** An insert is built while the one before is on its way; more in flight would only hold more memory. */
const INSERTS_IN_FLIGHT_MAX = 2;

/**
 * Runs the steps in their order, two at a time: each is begun when one before is done. After a failure none is begun any
 * more, and the first error is thrown once nothing is under way: whoever tries again finds no insert of the last attempt.
 */
export async function runInPairs(steps: readonly (() => Promise<void>)[]): Promise<void> {
  const rest = steps[Symbol.iterator]();
  const failures: unknown[] = [];
  const runOn = async (): Promise<void> => {
    for (const step of rest) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: INSERTS_IN_FLIGHT_MAX }, runOn));
  if (failures.length > 0) throw failures[0];
}
