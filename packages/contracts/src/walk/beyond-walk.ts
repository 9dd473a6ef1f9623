/** Thrown for a schema, or a use of one, that generated walks do not do: the plain path does it. It never leaves its caller. */
export class BeyondWalk extends Error {}

/** null where the plain path has to do it. */
export function orBeyond<Made>(make: () => Made): Made | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof BeyondWalk) return null;
    throw error;
  }
}
