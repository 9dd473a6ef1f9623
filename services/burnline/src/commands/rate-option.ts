import { DAY_MS, HOUR_MS } from '@burnline/core';
import { Option } from 'commander';

/** Lengths of time whose rate may be assumed to go on. */
const RATE_WINDOWS_MS = { '1h': HOUR_MS, '6h': 6 * HOUR_MS, '1d': DAY_MS, '3d': 3 * DAY_MS } as const;
export type RateName = keyof typeof RATE_WINDOWS_MS;

export const RATE_OPTION = (): Option =>
  new Option(
    '--rate-of <length>',
    'forecast budgets at the rate of so much time (by default a day, or the long window of the tier that fires)',
  ).choices(Object.keys(RATE_WINDOWS_MS));

export const rateWindowMs = (name: RateName | undefined): number | undefined =>
  name === undefined ? undefined : RATE_WINDOWS_MS[name];
