import { AppError } from '@burnline/core';

/** What is simulated: of a provider, and of an agent that runs away. */
export const SCENARIOS = ['outage', 'slowdown', 'fallback', 'quality', 'runaway'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** A game day of its own accord: faults of which a ratio of failed requests shows nothing. */
export const SCENARIOS_DEFAULT: readonly Scenario[] = ['fallback', 'quality', 'runaway'];

export interface Timeline {
  readonly scenarios: readonly Scenario[];
  /** Length of each phase: healthy, faulty, healthy. */
  readonly phaseMs: number;
  readonly eventsPerSecond: number;
}

/** Where in the drill an event stands. */
export interface Moment {
  readonly scenario: Scenario;
  readonly isFaulty: boolean;
}

const PHASES = 3;
const FAULTY_PHASE = 1;
/** The own count keeps every event (some hundred MB at this many): 50 events/s for more than an hour. */
const EVENTS_MAX = 200_000;

export function lengthMs({ scenarios, phaseMs }: Timeline): number {
  return scenarios.length * PHASES * phaseMs;
}

/** Events of the whole drill. Throws DRILL_TOO_LARGE beyond what the own count can hold. */
export function eventCount(timeline: Timeline): number {
  const count = Math.floor((lengthMs(timeline) / 1_000) * timeline.eventsPerSecond);
  if (count <= EVENTS_MAX) return count;
  throw new AppError('DRILL_TOO_LARGE', `${count} events are more than a drill counts, ${EVENTS_MAX}`, {
    remedy: 'Lower --rate, shorten --phase, or run one --scenario at a time.',
  });
}

/** When an event is due, ms after the drill's start. */
export function dueMs(timeline: Timeline, index: number): number {
  return (index * 1_000) / timeline.eventsPerSecond;
}

export function momentAt(timeline: Timeline, atMs: number): Moment {
  const phase = Math.floor(atMs / timeline.phaseMs);
  const scenario = timeline.scenarios[Math.floor(phase / PHASES)] ?? timeline.scenarios.at(-1);
  if (scenario === undefined) throw new Error('a drill has a scenario');
  return { scenario, isFaulty: phase % PHASES === FAULTY_PHASE };
}

/** Place of the first event that is due in the same phase as a moment, ms after the drill's start. */
export function phaseStartIndex({ phaseMs, eventsPerSecond }: Timeline, atMs: number): number {
  const startMs = Math.floor(atMs / phaseMs) * phaseMs;
  return Math.ceil((startMs / 1_000) * eventsPerSecond);
}

/** Ends of a scenario's phases, ms after the drill's start: what was known before, during and after its fault. */
export function phaseEndsMs({ scenarios, phaseMs }: Timeline, scenario: Scenario): readonly number[] {
  const first = scenarios.indexOf(scenario) * PHASES;
  return Array.from({ length: PHASES }, (_, phase) => (first + phase + 1) * phaseMs);
}
