import fc from 'fast-check';
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

function grouped(
  events: readonly DrillEvent[],
  keyOf: (event: DrillEvent) => string,
): ReadonlyMap<string, readonly DrillEvent[]> {
  const groups = new Map<string, readonly DrillEvent[]>();
  for (const event of events) groups.set(keyOf(event), [...(groups.get(keyOf(event)) ?? []), event]);
  return groups;
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
    for (const { index, scenario, isFaulty, record } of events) {
      const isFirst = index % 2 === 0;
      const is = (name: string): boolean => isFaulty && scenario === name;
      expect({
        isDown: record.status !== 'ok',
        isSlow: (record.ttft_ms ?? 0) > 400,
        isPoor: record.verdicts.some((verdict) => !verdict.passed),
        isSwapped: record.model_served !== record.model_requested,
        isFallback: record.fallback_depth > 0,
        isLoop: record.task_id.includes('loop'),
      }).toEqual({
        isDown: is('outage') || (is('fallback') && isFirst),
        isSlow: is('slowdown'),
        isPoor: is('quality'),
        isSwapped: is('quality'),
        isFallback: is('fallback') && !isFirst,
        isLoop: is('runaway') && isFirst,
      });
    }
    expect(events.filter((event) => event.isFaulty)).toHaveLength(events.length / 3);
  });

  it('are two attempts a request while a fallback serves: one that fails, and another provider that answers', () => {
    const faulty = eventsOf().filter(({ scenario, isFaulty }) => isFaulty && scenario === 'fallback');
    const requests = grouped(faulty, ({ record }) => record.request_id);
    expect(requests.size).toBe(faulty.length / 2);
    for (const attempts of requests.values()) {
      const [failed, answer] = attempts.map(({ record }) => record);
      expect([failed, answer].map((one) => [one!.provider, one!.attempt, one!.is_final])).toEqual([
        ['p', 0, false],
        ['p-fallback', 1, true],
      ]);
      expect(answer).toMatchObject({ status: 'ok', fallback_kind: 'provider', fallback_depth: 1 });
      expect(answer!.request_elapsed_ms).toBe(failed!.duration_ms! + answer!.duration_ms!);
    }
    const others = eventsOf().filter((event) => !faulty.some(({ id }) => id === event.id));
    expect(new Set(others.map(({ record }) => record.request_id)).size).toBe(others.length);
    expect(others.every(({ record }) => record.is_final && record.attempt === 0)).toBe(true);
  });

  it('double what a loop reads until the model takes no more, whatever the rate, and all its calls succeed', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 60, noNaN: true }),
        fc.integer({ min: 300, max: 4_000 }),
        (eventsPerSecond, phaseMs) => {
          const timeline: Timeline = { scenarios: ['runaway'], phaseMs, eventsPerSecond };
          const newEvent = createDrillEvents(IDENTITY, timeline);
          const events = Array.from({ length: eventCount(timeline) }, (_, index) =>
            newEvent(index, 1_700_000_000_000),
          );
          const loops = grouped(
            events.filter(({ record }) => record.task_id.includes('loop')),
            ({ record }) => record.task_id,
          );
          for (const calls of loops.values()) {
            expect(calls.map(({ record }) => record.input_tokens)).toEqual(
              Array.from({ length: calls.length }, (_, call) => Math.min(1_000 * 2 ** call, 128_000)),
            );
            expect(calls.every(({ record, isFaulty }) => record.status === 'ok' && isFaulty)).toBe(true);
            expect(calls.length).toBeLessThanOrEqual(20);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it('have a bound', () => {
    expect(() => eventCount({ ...TIMELINE, phaseMs: 3_600_000 })).toThrow(/more than a drill counts/);
  });
});

it('every scenario has three phases of one length', () => {
  const starts = Array.from({ length: 3 * SCENARIOS.length }, (_, phase) =>
    momentAt(TIMELINE, phase * TIMELINE.phaseMs),
  );
  expect(starts.map((one) => one.scenario)).toEqual(SCENARIOS.flatMap((name) => [name, name, name]));
  expect(starts.map((one) => one.isFaulty)).toEqual(SCENARIOS.flatMap(() => [false, true, false]));
});
