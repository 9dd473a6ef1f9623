import { describe, expect, it } from 'vitest';
import { createDrillEvents, type DrillEvent } from './drill-events.ts';
import { dueMs, eventCount, lengthMs, momentAt, SCENARIOS, type Timeline } from './scenarios.ts';

const TIMELINE: Timeline = { scenarios: SCENARIOS, phaseMs: 2_000, eventsPerSecond: 25 };
const IDENTITY = { drillId: 'a', provider: 'p', seed: 7 };

function eventsOf(identity = IDENTITY): readonly DrillEvent[] {
  const newEvent = createDrillEvents(identity, TIMELINE);
  return Array.from({ length: eventCount(TIMELINE) }, (_, index) =>
    newEvent(index, 1_700_000_000_000 + dueMs(TIMELINE, index)),
  );
}

describe('the events of a drill', () => {
  it('are the same for the same seed, and have other ids in every drill', () => {
    expect(eventsOf()).toEqual(eventsOf());
    const other = eventsOf({ ...IDENTITY, drillId: 'b' });
    expect(new Set([...eventsOf(), ...other].map((event) => event.id)).size).toBe(2 * other.length);
    expect(eventsOf({ ...IDENTITY, seed: 8 }).map((event) => event.record.input_tokens)).not.toEqual(
      eventsOf().map((event) => event.record.input_tokens),
    );
  });

  it('are healthy before and after a fault, and in it show that fault alone', () => {
    const events = eventsOf();
    expect(events).toHaveLength((lengthMs(TIMELINE) / 1_000) * 25);
    for (const { scenario, isFaulty, record } of events) {
      const isDown = record.status !== 'ok';
      const isSlow = (record.ttft_ms ?? 0) > 400;
      const isPoor = record.verdicts.some((verdict) => !verdict.passed);
      expect({ isDown, isSlow, isPoor }).toEqual({
        isDown: isFaulty && scenario === 'outage',
        isSlow: isFaulty && scenario === 'slowdown',
        isPoor: isFaulty && scenario === 'quality',
      });
    }
    expect(events.filter((event) => event.isFaulty)).toHaveLength(events.length / 3);
  });

  it('have a bound', () => {
    expect(() => eventCount({ ...TIMELINE, phaseMs: 3_600_000 })).toThrow(/more than a drill counts/);
  });
});

it('every scenario has three phases of one length', () => {
  const starts = Array.from({ length: 9 }, (_, phase) => momentAt(TIMELINE, phase * TIMELINE.phaseMs));
  expect(starts.map((one) => one.scenario)).toEqual(SCENARIOS.flatMap((name) => [name, name, name]));
  expect(starts.map((one) => one.isFaulty)).toEqual(SCENARIOS.flatMap(() => [false, true, false]));
});
