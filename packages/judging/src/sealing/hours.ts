export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Start of the hour or UTC day that an instant lies in; infinite ones stay. */
export function floorTo(atMs: number, unitMs: number): number {
  return Number.isFinite(atMs) ? Math.floor(atMs / unitMs) * unitMs : atMs;
}
