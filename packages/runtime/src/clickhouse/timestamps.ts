/** Text of a DateTime64 column in UTC: JSON numbers with a fraction are refused. */
export function dateTime64OfMs(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, -1).replace('T', ' ');
}

/** The same with microseconds, which a Date does not hold. */
export function dateTime64OfMicros(epochMicros: number): string {
  const epochMs = Math.floor(epochMicros / 1_000);
  return dateTime64OfMs(epochMs) + String(epochMicros - epochMs * 1_000).padStart(3, '0');
}
