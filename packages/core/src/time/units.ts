export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The last multiple of a unit at or before an instant: the start of its pane, hour or UTC day. Infinite ones stay. */
export function floorTo(at: number, unit: number): number {
  return Math.floor(at / unit) * unit;
}
