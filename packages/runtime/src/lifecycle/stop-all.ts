/**
 * Takes every step of a stop, in order, whatever became of those before: what one leaves open the next must not. Then
 * throws the first error.
 */
export async function stopAll(...steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** Does the next step of a start; if it fails, stops what was started before, and throws what failed. */
export async function orStop<T>(
  start: () => Promise<T>,
  ...steps: readonly (() => Promise<unknown>)[]
): Promise<T> {
  try {
    return await start();
  } catch (error) {
    // The cause is what failed first; what stopping adds to it would hide it.
    await stopAll(...steps).catch(() => undefined);
    throw error;
  }
}
