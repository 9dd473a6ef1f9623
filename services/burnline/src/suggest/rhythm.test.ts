import type { HourOfWeek } from '@burnline/queries';
import { describe, expect, it } from 'vitest';
import { hoursText, rhythmOf, weekLines } from './rhythm.ts';

const hours = (of: (day: number, hour: number) => Partial<HourOfWeek>): HourOfWeek[] =>
  Array.from({ length: 168 }, (_, index) => {
    const [day, hour] = [1 + Math.floor(index / 24), index % 24];
    return { slo: 'a', day, hour, bad: 0, total: 0, badWeeks: 0, ...of(day, hour) };
  });

describe('the rhythm of a week', () => {
  it('is none where traffic and failures are even', () => {
    expect(
      rhythmOf(
        hours(() => ({ total: 100, bad: 1 })),
        2,
      ),
    ).toBeNull();
    expect(rhythmOf([], 1)).toBeNull();
    expect(
      rhythmOf(
        hours((_, hour) => ({ total: hour === 9 ? 300 : 100 })),
        1,
      ),
    ).toBeNull();
  });

  it('is told where the fullest hour has more than three times the emptiest, in an average week', () => {
    const found = rhythmOf(
      hours((_, hour) => ({ total: hour === 9 ? 602 : 200 })),
      2,
    );
    expect(found).toMatchObject({ peak: 301, trough: 100, worst: null, bad: 0 });
  });

  it('names the fewest hours with half of the bad events', () => {
    const bad = (day: number, hour: number): number => (day === 2 && [9, 10, 14].includes(hour) ? 20 : 0);
    const found = rhythmOf(
      hours((day, hour) => ({ total: 100, bad: bad(day, hour) + (day === 7 ? 1 : 0) })),
      1,
    );
    expect(found?.bad).toBe(84);
    expect(found?.worst?.map(({ day, hour }) => [day, hour])).toEqual([
      [2, 9],
      [2, 10],
      [2, 14],
    ]);
    expect(hoursText(found?.worst ?? [])).toBe('Tue 9-10, Tue 14');
  });

  it('makes nothing of a handful of bad events', () => {
    expect(
      rhythmOf(
        hours((day, hour) => ({ total: 100, bad: day + hour === 1 ? 49 : 0 })),
        1,
      ),
    ).toBeNull();
  });
});

it('is a table of seven days of 24 hours, in percent of bad events', () => {
  const week = Array.from({ length: 168 }, (_, index) => ({ total: index === 30 ? 0 : 1_000, bad: 0 }));
  week[0] = { total: 1_000, bad: 9 };
  week[23] = { total: 1_000, bad: 129 };
  week[167] = { total: 8, bad: 8 };
  const lines = weekLines({ hours: week });
  const dots = (count: number): string => '  .'.repeat(count);
  expect(lines).toHaveLength(8);
  expect(lines[0]).toBe(`    ${Array.from({ length: 24 }, (_, hour) => `${hour}`.padStart(2)).join(' ')}`);
  expect(lines[1]).toBe(`Mon <1${dots(22)} 12`);
  expect(lines[2]).toBe(`Tue${dots(6)}  -${dots(17)}`);
  expect(lines[7]).toBe(`Sun${dots(23)} 99`);
  const widest = Math.max(...lines.map(({ length }) => length));
  expect(widest).toBeLessThan(80);
  expect(weekLines({ hours: week }, widest)).toEqual(lines);

  const halves = weekLines({ hours: week }, widest - 1);
  expect(halves).toHaveLength(16);
  expect(halves[9]).toBe(`Mon${dots(11)} 12`);
  for (const [index, whole] of lines.entries())
    expect(halves[index]! + halves[index + 8]!.slice(3)).toBe(whole);
});
