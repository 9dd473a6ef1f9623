import { DAY_MS, type Envelope } from '@burnline/core';

/** A stretch of event time whose entities depend on no rows but its own and its neighbours'. */
export interface EntityUnit {
  readonly number: number;
  /** From inclusive, to exclusive, epoch seconds. */
  readonly fromS: number;
  readonly toS: number;
}

const DAY_S = DAY_MS / 1_000;
const MONTHS_PER_YEAR = 12;

/** UTC days; of entities that are summed by month, UTC months. */
export function unitNumberOf(atS: number, per: Envelope['per']): number {
  if (per !== 'month') return Math.floor(atS / DAY_S);
  const at = new Date(atS * 1_000);
  return at.getUTCFullYear() * MONTHS_PER_YEAR + at.getUTCMonth();
}

export function unitOf(number: number, per: Envelope['per']): EntityUnit {
  if (per !== 'month') return { number, fromS: number * DAY_S, toS: (number + 1) * DAY_S };
  const startS = (month: number): number =>
    Date.UTC(Math.floor(month / MONTHS_PER_YEAR), month % MONTHS_PER_YEAR) / 1_000;
  return { number, fromS: startS(number), toS: startS(number + 1) };
}

/** How many units to either side a row has a say in: a life goes on from one day into the next. */
export const neighboursOf = (per: Envelope['per']): 0 | 1 => (per === 'life' ? 1 : 0);
