import { readFileSync } from 'node:fs';
import { ratioText, ratioToNumber } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { loadSpecs } from '../load-specs.ts';
import type { LoadedSpecs } from '../load-specs.ts';

const goodput = readFileSync(new URL('../fixtures/goodput.yaml', import.meta.url), 'utf8');
const availability = readFileSync(new URL('../fixtures/availability.yaml', import.meta.url), 'utf8');
const load = (text: string): LoadedSpecs => loadSpecs([{ file: 'a.yaml', text }], { mode: 'strict' });

function changed(text: string, from: string, to: string): string {
  expect(text).toContain(from);
  return text.replace(from, to);
}

describe('thresholds', () => {
  it.each(['0.9333333333333333', '13.440000000000001', '5.6000000000000005', '2.8000000000000003', '13.44'])(
    'are taken as a program writes them: %s',
    (threshold) => {
      const { plans, issues } = load(changed(goodput, 'threshold: 13.44', `threshold: ${threshold}`));
      expect(issues).toEqual([]);
      const [tier] = plans[0]!.tiers;
      expect(ratioToNumber(tier!.factor)).toBe(Number(threshold));
      expect(ratioText(tier!.factor)).toBe(threshold);
      expect(ratioToNumber(tier!.budgetShare)).toBeCloseTo(Number(threshold) / (28 * 24), 14);
    },
  );
});

describe('a short window of its own', () => {
  const name = 'metadata: { name: fast-burn }\nspec:\n  severity';
  const withShort = (value: string) =>
    changed(
      goodput,
      name,
      `metadata: { name: fast-burn, annotations: { burnline.dev/short-window: ${value} } }\nspec:\n  severity`,
    );

  it('takes the place of a twelfth, in a long window of any length too', () => {
    expect(load(withShort('10m')).plans[0]!.tiers[0]).toMatchObject({
      longWindowMs: 3_600_000,
      shortWindowMs: 600_000,
    });
    const brief = changed(withShort('1m'), 'lookbackWindow: 1h', 'lookbackWindow: 5m');
    expect(load(brief).plans[0]!.tiers[0]).toMatchObject({ longWindowMs: 300_000, shortWindowMs: 60_000 });
  });

  it('can be said in place', () => {
    const inline = changed(
      availability,
      'objectives:',
      `alertPolicies:
    - kind: AlertPolicy
      metadata: { name: inline }
      spec:
        conditions:
          - kind: AlertCondition
            metadata: { name: inline, annotations: { burnline.dev/short-window: 2m, burnline.dev/oops: '1' } }
            spec:
              severity: page
              condition: { kind: burnrate, op: gte, threshold: 5, lookbackWindow: 1h }
        notificationTargets:
          - kind: AlertNotificationTarget
            metadata: { name: hook }
            spec: { target: webhook }
  objectives:`,
    );
    expect(load(inline).issues.map(({ message }) => message)).toEqual([
      'burnline.dev/oops is not an annotation that AlertCondition documents may have.',
    ]);
    const { plans, issues } = load(changed(inline, ", burnline.dev/oops: '1'", ''));
    expect(issues).toEqual([]);
    expect(plans[0]!.tiers).toMatchObject([{ shortWindowMs: 120_000 }]);
  });

  it.each([
    ['1h', 'A short window of 1h does not fit into a lookbackWindow of 1h.'],
    ['0m', 'A short window of 0m does not fit into a lookbackWindow of 1h.'],
    ['30s', 'burnline.dev/short-window is "30s", not a whole number and one of m h d w M Q Y, such as 28d.'],
  ])('is refused where it is none: %s', (value, message) => {
    expect(load(withShort(value)).issues[0]?.message).toBe(message);
  });

  it('belongs to the condition, and says so elsewhere', () => {
    const onSlo = changed(
      goodput,
      'burnline.dev/criticality: critical',
      'burnline.dev/short-window: 5m, burnline.dev/criticality: critical',
    );
    expect(load(onSlo).issues[0]?.remedy).toBe('Write it into the metadata of the AlertCondition.');
    const tooShort = changed(goodput, 'lookbackWindow: 1h', 'lookbackWindow: 5m');
    expect(load(tooShort).issues[0]?.remedy).toContain('burnline.dev/short-window: 1m');
  });
});

describe('a floor on events', () => {
  it('is none unless an annotation gives it', () => {
    const annotated = changed(
      goodput,
      'burnline.dev/criticality: critical',
      "burnline.dev/min-events: '70', burnline.dev/criticality: critical",
    );
    expect(load(goodput).plans[0]!.eventCountMin).toBe(0);
    expect(load(annotated).plans[0]!.eventCountMin).toBe(70);
    const wrong = changed(annotated, "'70'", "'0'");
    expect(load(wrong).issues[0]?.expected).toBe('a whole number from 1, in quotes');
  });
});

describe('default tiers', () => {
  const factorsOf = (text: string) => load(text).plans[0]!.tiers.map(({ factor }) => ratioText(factor));
  const over = (duration: string, preset = '') =>
    changed(
      preset === ''
        ? availability
        : changed(
            availability,
            '  displayName: Chat availability\n',
            `  displayName: Chat availability\n  annotations: { burnline.dev/tiers: ${preset} }\n`,
          ),
      'duration: 30d',
      `duration: ${duration}`,
    );

  it('ask for no burn rate below 1 at any period, and the sloth preset for its own', () => {
    expect(factorsOf(over('28d'))).toEqual(['13.44', '5.6', '2.8', '1']);
    expect(factorsOf(over('28d', 'sloth'))).toEqual(['13.44', '5.6', '2.8', '0.9333333333333333']);
    for (const duration of [
      '2h',
      '6h',
      '12h',
      '1d',
      '2d',
      '5d',
      '6d',
      '7d',
      '8d',
      '10d',
      '14d',
      '21d',
      '1Y',
      '2Y',
    ]) {
      const factors = factorsOf(over(duration)).map(Number);
      expect(Math.min(...factors)).toBeGreaterThanOrEqual(1);
      expect(factors).toEqual([...factors].sort((a, b) => b - a));
    }
  });
});
