import { describe, expect, it } from 'vitest';
import { nearestKey } from './key-hints.ts';
import { parseInferenceEvent } from './parse-intake.ts';

const KEYS = ['duration_ms', 'service', 'model_requested', 'input_tokens'];

describe('what an unknown key was meant to be', () => {
  it('is found by case, slips and beginnings', () => {
    const hints = { left: 10 };
    expect(nearestKey('durationMs', KEYS, hints)).toBe('duration_ms');
    expect(nearestKey('servcie', KEYS, hints)).toBe('service');
    expect(nearestKey('input', KEYS, hints)).toBe('input_tokens');
    expect(nearestKey('weather', KEYS, hints)).toBeNull();
  });

  it('is looked for once: what was found before costs nothing', () => {
    const hints = { left: 1 };
    const keys = [...KEYS];
    expect(nearestKey('servic', keys, hints)).toBe('service');
    expect(nearestKey('servic', keys, hints)).toBe('service');
    expect(nearestKey('model_request', keys, hints)).toBeNull();
    expect(hints.left).toBe(0);
  });
});

it('of very many unknown keys a record tells some, and the count of all; no more are looked for than are told', () => {
  const json = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, index) => [`unknown_field_${index}`, 0]),
  );
  const hints = { left: 1_000 };
  let details: Readonly<Record<string, unknown>> = {};
  try {
    parseInferenceEvent(json, { newEventId: () => new Uint8Array(16), now: () => 0, hints });
  } catch (error) {
    ({ details } = error as { details: typeof details });
  }
  expect(details['issueCount']).toBeGreaterThan(20_000);
  expect(details['issues']).toHaveLength(32);
  expect(hints.left).toBeGreaterThanOrEqual(1_000 - 32);
});
