import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exportPrometheus } from '../export/export-prometheus.ts';
import { exportSloth } from '../export/export-sloth.ts';
import { loadSpecs } from '../load-specs.ts';

/** Goal: a spec says how much evidence its alerts need, and is refused where what was seen is no evidence of its share. */
const text = readFileSync(new URL('../fixtures/availability.yaml', import.meta.url), 'utf8');
const EXACT = 'burnline.dev/low-traffic: exact';

function load(annotations: string, change: (spec: string) => string = (spec) => spec) {
  const anchor = 'metadata:\n  name: chat-availability\n';
  expect(text).toContain(anchor);
  const annotated = text.replace(anchor, `${anchor}  annotations: { ${annotations} }\n`);
  return loadSpecs([{ file: 'a.yaml', text: change(annotated) }], { mode: 'strict' });
}
const replaced = (from: string, to: string) => (spec: string) => {
  expect(spec).toContain(from);
  return spec.replace(from, to);
};

describe('the exact guard', () => {
  it('is asked for with a confidence of 95 %, and then two bad events are enough', () => {
    const { plans, issues } = load(EXACT);
    expect(issues).toEqual([]);
    expect(plans[0]).toMatchObject({
      lowTraffic: { kind: 'exact', alpha: { numerator: 1, denominator: 20 } },
      badCountMin: 2,
    });
  });

  it('has the confidence and the counts that the spec says', () => {
    const { plans } = load(
      `${EXACT}, burnline.dev/confidence: '0.999', burnline.dev/min-bad: '7', burnline.dev/min-events: '70'`,
    );
    expect(plans[0]).toMatchObject({
      lowTraffic: { alpha: { numerator: 1, denominator: 1_000 } },
      badCountMin: 7,
      eventCountMin: 70,
    });
  });

  it('is none unless it is asked for', () => {
    for (const annotations of ['', 'burnline.dev/low-traffic: min-bad'])
      expect(load(annotations).plans.map(({ lowTraffic, badCountMin }) => [lowTraffic, badCountMin])).toEqual(
        [[undefined, 5]],
      );
  });

  it('changes no revision: what is counted is the same', () => {
    expect(load(EXACT).plans[0]!.sli.specRev).toBe(load('').plans[0]!.sli.specRev);
  });

  it('counts slices, each one', () => {
    const { plans, issues } = load(EXACT, (spec) =>
      replaced(
        'budgetingMethod: Occurrences',
        'budgetingMethod: Timeslices',
      )(replaced('- target: 0.999', '- { target: 0.999, timeSliceTarget: 0.95, timeSliceWindow: 5m }')(spec)),
    );
    expect(issues).toEqual([]);
    expect(plans[0]).toMatchObject({ badCountMin: 2, lowTraffic: { kind: 'exact' } });
  });

  it('is told where another tool has no words for it', () => {
    const { plans } = load(EXACT);
    for (const { notes } of [exportPrometheus(plans), exportSloth(plans)])
      expect(notes.map(({ message }) => message).join(' ')).toContain(
        'the exact guard for low traffic is left out',
      );
  });
});

describe('a mistake', () => {
  it.each([
    [`burnline.dev/confidence: '0.99'`, 'low-traffic: exact beside it'],
    [`burnline.dev/low-traffic: min-bad, burnline.dev/confidence: '0.99'`, 'low-traffic: exact beside it'],
    [`${EXACT}, burnline.dev/confidence: '0.4'`, 'from 0.5 up to below 1'],
    [`${EXACT}, burnline.dev/confidence: '1'`, 'from 0.5 up to below 1'],
    [`${EXACT}, burnline.dev/confidence: '99%'`, 'from 0.5 up to below 1'],
    [`burnline.dev/low-traffic: wilson`, 'min-bad or exact'],
  ])('of %s is told', (annotations, expected) => {
    const { issues, plans } = load(annotations);
    expect(issues.map((issue) => issue.expected)).toEqual([expect.stringContaining(expected)]);
    expect(plans).toEqual([]);
  });

  it('is a share that what was seen does not count: weights, time', () => {
    const weighed = load(
      EXACT,
      replaced('where: status !=', 'weight: output_tokens\n              where: status !='),
    );
    const timed = load(EXACT, (spec) =>
      replaced(
        'budgetingMethod: Occurrences',
        'budgetingMethod: RatioTimeslices',
      )(replaced('- target: 0.999', '- { target: 0.999, timeSliceWindow: 5m }')(spec)),
    );
    expect(weighed.issues.map(({ message }) => message)).toEqual([
      expect.stringContaining('events are weighed'),
    ]);
    expect(timed.issues.map(({ message }) => message)).toEqual([expect.stringContaining('counts time')]);
  });

  it('is a tier that asks for every event to be bad', () => {
    const policy = `
  alertPolicies:
    - kind: AlertPolicy
      metadata: { name: all }
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata: { name: all }
            spec:
              severity: page
              condition: { kind: burnrate, op: gte, threshold: 1000, lookbackWindow: 1h }
        notificationTargets: [{ kind: AlertNotificationTarget, metadata: { name: hook }, spec: { target: webhook } }]
`;
    expect(load('', (spec) => spec.trimEnd() + policy).issues).toEqual([]);
    const { issues } = load(EXACT, (spec) => spec.trimEnd() + policy);
    expect(issues.map(({ message }) => message)).toEqual([
      expect.stringContaining('no number of events shows that all are'),
    ]);
  });
});
