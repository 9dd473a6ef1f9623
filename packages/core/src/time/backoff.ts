/** How long to wait between tries: twice as long after each failure, up to a bound. Milliseconds. */
export interface Backoff {
  readonly delayMsFirst: number;
  readonly delayMsMax: number;
}

/** Above it a power of two says no more about a wait, and would become infinite at last. */
const DOUBLINGS_MAX = 30;

/** The wait after so many failures in a row, 1 or more. */
export function backoffMs({ delayMsFirst, delayMsMax }: Backoff, failureCount: number): number {
  return Math.min(delayMsMax, delayMsFirst * 2 ** Math.min(failureCount - 1, DOUBLINGS_MAX));
}
