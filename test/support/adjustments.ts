import type { Store } from '@burnline/runtime';
import fc from 'fast-check';

/** A stretch that is left out, or was until somebody revoked it: what the recounts of sums go by. */
export interface GivenAdjustment {
  /** By name; empty: of all. */
  readonly slos: readonly string[];
  /** Series that it speaks of, by their label `s`; null: all. */
  readonly series: number | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly isRevoked: boolean;
}

const STEP_MS = 300_000;
const LENGTHS = [1, 1, 2, 7, 12, 40, 288, 700];

/** None, half of the time; else some within so long from a start, one of them now and then far from everything. */
export function adjustmentsOf(span: {
  readonly startMs: number;
  readonly lengthMs: number;
  readonly slos: readonly string[];
  readonly series: readonly number[];
}): fc.Arbitrary<readonly GivenAdjustment[]> {
  const one = fc.record({
    slos: fc.constantFrom<readonly string[]>([], span.slos.slice(0, 1), span.slos, ['nothing-like-it']),
    series: fc.constantFrom(null, null, ...span.series),
    step: fc.nat({ max: span.lengthMs / STEP_MS }),
    steps: fc.constantFrom(...LENGTHS),
    isRevoked: fc.constantFrom(false, false, false, true),
    isFar: fc.constantFrom(false, false, false, true),
  });
  return fc.oneof(
    fc.constant([]),
    fc.array(
      one.map(({ slos, series, step, steps, isRevoked, isFar }): GivenAdjustment => {
        const fromMs = span.startMs + (isFar ? 10_000 : step) * STEP_MS;
        return { slos, series, fromMs, toMs: fromMs + steps * STEP_MS, isRevoked };
      }),
      { minLength: 1, maxLength: 5 },
    ),
  );
}

/** Makes these the ones that there are. */
export async function writeAdjustments(store: Store, given: readonly GivenAdjustment[]): Promise<void> {
  await store.command('TRUNCATE TABLE budget_adjustments');
  await store.insertRows(
    'budget_adjustments',
    given.flatMap(({ slos, series, fromMs, toMs, isRevoked }, index) => {
      const row = {
        ...{ id: `a${index}`, author: 'x', reason: 'x', slos, service: '' },
        labels: series === null ? {} : { s: `${series}` },
        ...{ left_out_from: fromMs / 1_000, left_out_to: toMs / 1_000 },
      };
      return [{ ...row, action: 'add' }, ...(isRevoked ? [{ ...row, action: 'revoke' }] : [])];
    }),
  );
}

/** Whether anything of a stretch of time is left out for a series; of entities, those by label say nothing. */
export function isLeftOut(
  given: readonly GivenAdjustment[],
  of: { readonly slo: string; readonly series: number | null },
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): boolean {
  return given.some(
    (one) =>
      !one.isRevoked &&
      (one.slos.length === 0 || one.slos.includes(of.slo)) &&
      (one.series === null || one.series === of.series) &&
      one.fromMs < toMs &&
      fromMs < one.toMs,
  );
}
