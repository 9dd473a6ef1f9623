/** How long a receiver asks to be left alone, ms: seconds or a date (RFC 9110, section 10.2.3); null if it does not say. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  const delayMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(delayMs) ? null : Math.max(0, delayMs);
}
