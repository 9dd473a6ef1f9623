import { createHash } from 'node:crypto';

/** Name of an SLO's series in addresses: `all` where it has no labels, else 16 hex digits of a hash of them. */
export function seriesNameOf(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return 'all';
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 16);
}

/** An alert's id in addresses: one fire of one alert key. */
export const alertIdOf = ({
  firedAtMs,
  alertKey,
}: {
  readonly firedAtMs: number;
  readonly alertKey: string;
}): string => Buffer.from(`${firedAtMs / 1_000}|${alertKey}`).toString('base64url');

/** Null for what is no id. */
export function alertOfId(id: string): { readonly firedAtMs: number; readonly alertKey: string } | null {
  const [, seconds, alertKey] =
    /^(\d{1,10})\|(.{1,2000})$/s.exec(Buffer.from(id, 'base64url').toString('utf8')) ?? [];
  return seconds === undefined || alertKey === undefined || Number(seconds) > LAST_S
    ? null
    : { firedAtMs: Number(seconds) * 1_000, alertKey };
}

/** The last second that the tables' times have. */
const LAST_S = 4_294_967_295;
