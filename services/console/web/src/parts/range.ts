/** Stretches of time that charts offer. */

export interface Preset {
  readonly text: string;
  readonly lengthMs: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const PRESETS: readonly Preset[] = [
  { text: '1 h', lengthMs: HOUR },
  { text: '6 h', lengthMs: 6 * HOUR },
  { text: '1 d', lengthMs: DAY },
  { text: '3 d', lengthMs: 3 * DAY },
  { text: '7 d', lengthMs: 7 * DAY },
  { text: '14 d', lengthMs: 14 * DAY },
  { text: '28 d', lengthMs: 28 * DAY },
  { text: '90 d', lengthMs: 90 * DAY },
];

/** Presets that fit into the SLO's window: a longer one would show budgets of events that no longer count. Its own length is the last. */
export function presetsWithin(periodMs: number | null, periodText = 'period'): readonly Preset[] {
  if (periodMs === null) return PRESETS;
  const fitting = PRESETS.filter(({ lengthMs }) => lengthMs <= periodMs);
  return fitting.some(({ lengthMs }) => lengthMs === periodMs)
    ? fitting
    : [...fitting, { text: periodText, lengthMs: periodMs }];
}

/** The value of an `input type=datetime-local`, in UTC to the minute. */
export function inputOfMs(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16);
}

/** Epoch ms of such a value; null if it is none. */
export function msOfInput(value: string): number | null {
  const atMs = Date.parse(`${value}Z`);
  return Number.isNaN(atMs) ? null : atMs;
}
