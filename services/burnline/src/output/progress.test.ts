import { expect, it } from 'vitest';
import { counted } from './format.ts';
import { barLine, progressText, startLines } from './progress.ts';
import { widthOf } from './shown.ts';

it('says what is counted, and in which unit', () => {
  expect(progressText('records', 12_000, 34_000)).toBe('12,000 of 34,000 records');
  expect(progressText('bytes', 1_540_000, 3_000_000)).toBe('1.5 of 3.0 MB');
  expect([0, 1, 2_000].map((count) => counted(count, 'record'))).toEqual([
    '0 records',
    '1 record',
    '2,000 records',
  ]);
});

it('goes on in lines where there is no terminal, one every few seconds, also while nothing comes', () => {
  const lines: string[] = [];
  let nowMs = 0;
  let look = (): void => undefined;
  let isOver = false;
  const progress = startLines(
    { title: 'replaying', unit: 'records', total: 100, last: 'judging them' },
    {
      write: (line) => lines.push(line),
      nowMs: () => nowMs,
      every: (_, given) => {
        look = given;
        return () => (isOver = true);
      },
    },
  );
  for (const value of [30, 60, 100, 100]) {
    progress.update(value);
    nowMs += 5_000;
    look();
  }
  progress.end();
  expect(isOver).toBe(true);
  expect(lines).toEqual([
    'replaying ...',
    'replaying: 30 of 100 records, 5s',
    'replaying: 60 of 100 records, 10s',
    'replaying: 100 of 100 records, judging them, 15s',
    'replaying: 100 of 100 records, judging them, 20s',
  ]);
});

it('fits the terminal: the bar gives way first, then the title', () => {
  const task = {
    title: 'replaying azure-llm-2023/data/code.csv',
    unit: 'records',
    last: 'judging them',
  } as const;
  const reached = { value: 7_222, total: 8_819, elapsedMs: 4_000, leftMs: 1_000 };
  expect(barLine(task, reached, 120)).toBe(
    `${task.title} ${'='.repeat(32)}${'-'.repeat(8)} 81 % 7,222 of 8,819 records, 1s left`,
  );
  expect(barLine(task, reached, 80)).toBe(`${task.title} 81 % 7,222 of 8,819 records, 1s left`);
  expect(barLine(task, reached, 60)).toBe('replaying azure-llm-... 81 % 7,222 of 8,819 records, 1s left');
  for (const columns of [60, 80, 120])
    expect(widthOf(barLine(task, { ...reached, value: 8_819 }, columns))).toBeLessThanOrEqual(columns);
});
