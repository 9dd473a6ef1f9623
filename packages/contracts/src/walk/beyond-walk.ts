/** Thrown for a schema, or a use of one, that generated walks do not do: the plain path does it. It never leaves its caller. */
export class BeyondWalk extends Error {}
