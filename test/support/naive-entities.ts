import type { Envelope } from '@burnline/core';
import fc from 'fast-check';

/** What rows of one entity say, one after another: the recount that sums over entities are held against. */
export interface EntityRow {
  readonly entity: number;
  readonly paneMs: number;
  readonly total: number;
  readonly sums: Readonly<Record<string, number>>;
  readonly missing: Readonly<Record<string, number>>;
}

const DAY_MS = 86_400_000;
const SLOT_MS = 300_000;

const ratio = (numerator: number, denominator = 1): Envelope['limit'] => ({ numerator, denominator });

/** Ceilings near what random rows consume, with and without an expectation. */
export const envelopes: fc.Arbitrary<Envelope> = fc
  .record({
    per: fc.constantFrom<Envelope['per']>('life', 'life', 'day', 'month'),
    operator: fc.constantFrom<Envelope['operator']>('<', '<='),
    consumed: fc.constantFrom<readonly string[]>([], ['a'], ['a', 'b']),
    against: fc.constantFrom<Pick<Envelope, 'expected' | 'limit'>>(
      { expected: null, limit: ratio(20) },
      { expected: null, limit: ratio(41, 2) },
      { expected: { sum: 'e', of: 'entity' }, limit: ratio(3) },
      { expected: { sum: 'e', of: 'event' }, limit: ratio(3, 2) },
      { expected: { sum: 'e', of: 'event', isBelieved: true }, limit: ratio(1, 4) },
    ),
  })
  .map(({ against, ...rest }) => ({ kind: 'envelope', entity: ['task_id'], ...rest, ...against }));

export interface NaiveEntity {
  readonly entity: number;
  readonly paneMs: number;
  readonly good: number;
  readonly total: number;
  readonly consumed: number;
}

/** When a row counts: what it is part of there. */
function bucketOf(paneMs: number, per: Envelope['per']): string {
  const day = new Date(paneMs).toISOString();
  return per === 'month' ? day.slice(0, 7) : day.slice(0, 10);
}

/** One row for each entity (or its day, or month), in the five minutes of its last event. */
export function naiveEntities(
  rows: readonly EntityRow[],
  envelope: Envelope,
  paneMs: number,
): readonly NaiveEntity[] {
  const byBucket = new Map<string, EntityRow[]>();
  for (const row of rows.filter(({ total }) => total > 0)) {
    const key = `${row.entity} ${bucketOf(row.paneMs, envelope.per)}`;
    byBucket.set(key, [...(byBucket.get(key) ?? []), row]);
  }
  return [...byBucket].flatMap(([key, own]) => {
    const lastMs = Math.max(...own.map((row) => row.paneMs));
    const neighbour = (days: number): readonly EntityRow[] => {
      if (envelope.per !== 'life') return [];
      return byBucket.get(`${key.split(' ')[0]!} ${bucketOf(lastMs + days * DAY_MS, 'day')}`) ?? [];
    };
    // Tomorrow it is counted, with what it consumed today.
    if (neighbour(1).length > 0) return [];
    const rowsOfIt = [...neighbour(-1), ...own];
    const verdict = verdictOf(rowsOfIt, envelope);
    if (verdict === null) return [];
    const slotMs = Math.floor(lastMs / SLOT_MS) * SLOT_MS;
    return [
      {
        ...{ entity: own[0]!.entity, paneMs: slotMs + SLOT_MS - paneMs },
        ...{ good: verdict ? 1 : 0, total: 1, consumed: consumedOf(rowsOfIt, envelope) },
      },
    ];
  });
}

/** Whether it is within its envelope; null where nobody knows. */
function verdictOf(
  rows: readonly EntityRow[],
  { consumed, expected, limit, operator }: Envelope,
): boolean | null {
  const sum = (of: (row: EntityRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const steps = sum(({ total }) => total);
  const used = consumedOf(rows, { consumed });
  const unknown = sum(({ missing }) => consumed.reduce((all, name) => all + (missing[name] ?? 0), 0));
  const factor = limit.numerator / limit.denominator;
  const isBelow = (left: number, right: number): boolean => (operator === '<' ? left < right : left <= right);
  if (expected === null) {
    const isGood = isBelow(used, factor);
    return unknown > 0 && isGood ? null : isGood;
  }
  const said = sum(({ sums }) => sums[expected.sum] ?? 0);
  const stated = steps - sum(({ missing }) => missing[expected.sum] ?? 0);
  if (expected.isBelieved === true) {
    if (unknown > 0 || stated < steps) return null;
    return isBelow(Math.abs(used - said) * limit.denominator, said * limit.numerator);
  }
  if (expected.of === 'event' ? stated < steps : stated === 0) return null;
  const isGood =
    expected.of === 'event'
      ? isBelow(used * limit.denominator, said * limit.numerator)
      : isBelow(used * stated * limit.denominator, said * limit.numerator);
  return unknown > 0 && isGood ? null : isGood;
}

function consumedOf(rows: readonly EntityRow[], { consumed }: Pick<Envelope, 'consumed'>): number {
  const of = ({ sums, total }: EntityRow): number =>
    consumed.length === 0 ? total : consumed.reduce((all, name) => all + (sums[name] ?? 0), 0);
  return rows.reduce((all, row) => all + of(row), 0);
}
