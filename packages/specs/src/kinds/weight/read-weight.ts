import { goodSumOf, type SliWeight } from '@burnline/core';
import type { SpecPath } from '../../documents/spec-issue.ts';
import type { SliReading } from '../sli-reading.ts';

/** Money is in nano-USD, and named so. */
const NANO_USD = '_nano_usd';
/** Budgets are kept in micro-USD: doubles of the reading side hold 9 billion dollars of those. */
const NANO_PER_MICRO = 1_000;

/** What events weigh, and the sums that it takes; null where the spec says nothing of it, or has a mistake, which is reported. */
export function readWeight(
  reading: SliReading,
  path: SpecPath,
): { readonly weight: SliWeight; readonly sums: readonly string[] } | null {
  if (reading.document.at(path) === undefined) return null;
  const fields = reading.integerFields(path, 'weigh events by');
  const [first] = fields;
  if (first === undefined) return null;
  const isMoney = first.endsWith(NANO_USD);
  if (fields.some((field) => field.endsWith(NANO_USD) !== isMoney))
    return reading.fail(path, {
      message: 'Events are weighed by money and by something else at once.',
      expected: 'fields of one unit',
      found: fields.join(', '),
    });
  const perUnit = isMoney ? NANO_PER_MICRO : 1;
  return { weight: { fields, perUnit }, sums: [...fields, ...fields.map(goodSumOf)] };
}
