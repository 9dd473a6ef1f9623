/** One fire of one alert. */
export interface AlertFire {
  /** Epoch ms, of a whole second. */
  readonly firedAtMs: number;
  readonly alertKey: string;
}

/** An alert's id in addresses of the console. */
export const alertIdOf = ({ firedAtMs, alertKey }: AlertFire): string =>
  Buffer.from(`${firedAtMs / 1_000}|${alertKey}`).toString('base64url');

/** Null for what is no id. */
export function alertOfId(id: string): AlertFire | null {
  const [, seconds, alertKey] =
    /^(\d{1,10})\|(.{1,2000})$/s.exec(Buffer.from(id, 'base64url').toString('utf8')) ?? [];
  return seconds === undefined || alertKey === undefined || Number(seconds) > LAST_S
    ? null
    : { firedAtMs: Number(seconds) * 1_000, alertKey };
}

/** The last second that the tables' times have. */
const LAST_S = 4_294_967_295;
