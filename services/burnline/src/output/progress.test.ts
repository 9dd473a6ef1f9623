import { expect, it } from 'vitest';
import { counted } from './format.ts';
import { progressText, startLines } from './progress.ts';

it('says what is counted, and in which unit', () => {
  expect(progressText('records', 12_000, 34_000)).toBe('12,000 of 34,000 records');
  expect(progressText('bytes', 1_540_000, 3_000_000)).toBe('1.5 of 3.0 MB');
  expect([0, 1, 2_000].map((count) => counted(count, 'record'))).toEqual([
    '0 records',
    '1 record',
    '2,000 records',
  ]);
});

it('goes on in lines where there is no terminal, one every few seconds', () => {
  const lines: string[] = [];
  let nowMs = 0;
  const progress = startLines(
    { title: 'replaying', unit: 'records', total: 100 },
    (line) => lines.push(line),
    () => nowMs,
  );
  for (const value of [10, 20, 30, 40, 50, 60]) {
    nowMs += 2_000;
    progress.update(value);
  }
  progress.end();
  expect(lines).toEqual(['replaying ...', 'replaying: 30 of 100 records', 'replaying: 60 of 100 records']);
});
