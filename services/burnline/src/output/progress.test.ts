import { expect, it } from 'vitest';
import { counted } from './format.ts';
import { progressText } from './progress.ts';

it('says what is counted, and in which unit', () => {
  expect(progressText('records', 12_000, 34_000)).toBe('12,000 of 34,000 records');
  expect(progressText('bytes', 1_540_000, 3_000_000)).toBe('1.5 of 3.0 MB');
  expect([0, 1, 2_000].map((count) => counted(count, 'record'))).toEqual([
    '0 records',
    '1 record',
    '2,000 records',
  ]);
});
