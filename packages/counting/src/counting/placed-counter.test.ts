import { createBatchEncoder, encodeMark, loadPackageSchemas } from '@burnline/contracts';
import { expect, it } from 'vitest';
import { SpecSet } from '../specs/spec-set.ts';
import { countersIn } from './placed-counter.ts';

const schemas = loadPackageSchemas();
const report = createBatchEncoder({ kind: 'report', schemas });
report.append({
  instance: 'i',
  service: 's',
  environment: '',
  interval_start: 0,
  interval_end: 0,
  is_final: false,
  emitted_count: 0,
  acknowledged_count: 0,
  retried_count: 0,
  dropped_by_reason: {},
});

it('a message of another kind is refused before anything of it is counted or remembered; marks pass', () => {
  const seen: string[] = [];
  const inner = {
    countMessage: () => seen.push('counted'),
    rememberMessage: () => {
      seen.push('remembered');
    },
  };
  const counter = countersIn('burnline.live.inference', () => inner, schemas)(SpecSet.of([]));
  const value = report.finish();
  const misplaced = expect.objectContaining({ code: 'CONTRACT_KIND_MISPLACED' }) as Error;
  const target = {} as Parameters<typeof counter.countMessage>[1];
  expect(() => counter.countMessage(value, target)).toThrow(misplaced);
  expect(() => {
    counter.rememberMessage(value, () => false);
  }).toThrow(misplaced);
  expect(seen).toEqual([]);
  const mark = encodeMark({ kind: 'idle', marked_at: 1 }, schemas);
  counter.countMessage(mark, target);
  counter.rememberMessage(mark, () => false);
  expect(seen).toEqual(['counted', 'remembered']);
});
