import { expect, test } from 'vitest';
import { loadSpecs } from './load-specs.ts';

/*
 * Thousands of SLOs take a time that grows as they do. Measured as a ratio of CPU times, so that it holds on any machine: a
 * step that looks at every other document for each one makes four times as many take sixteen times as long.
 */

const COUNT = 500;
const GROWTH = 4;
/** Between 4, which is linear, and 16; caches and the garbage collector take their part. */
const RATIO_MAX = 7;
const RUN_COUNT = 3;

interface Shape {
  readonly what: string;
  readonly sloOf: (index: number) => string;
  readonly finds: 'plans' | 'issues' | 'warnings';
}

const metric = (index: number): string => `ratioMetric:
        good: { metricSource: { type: burnline, spec: { where: "ttft_ms <= ${index}" } } }
        total: { metricSource: { type: burnline, spec: { scope: "service == 's'", where: "has(ttft_ms)" } } }`;

const slo = (index: number, service: string, indicator: string): string => `apiVersion: openslo/v1
kind: SLO
metadata: { name: slo-${index} }
spec:
  service: ${service}
  ${indicator}
  timeWindow: [{ duration: 30d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.99 }]
`;

const inline = (index: number): string => `indicator:
    spec:
      ${metric(index)}`;

const sli = (index: number): string => `apiVersion: openslo/v1
kind: SLI
metadata: { name: sli-${index} }
spec:
      ${metric(index)}
`;

const SHAPES: readonly Shape[] = [
  { what: 'an SLI inside each', sloOf: (index) => slo(index, 's', inline(index)), finds: 'plans' },
  {
    what: 'an SLI beside each',
    sloOf: (index) => `${sli(index)}---\n${slo(index, 's', `indicatorRef: sli-${index}`)}`,
    finds: 'plans',
  },
  {
    what: 'an SLI that is misspelt in each',
    sloOf: (index) => `${sli(index)}---\n${slo(index, 's', `indicatorRef: sli-x${index}`)}`,
    finds: 'issues',
  },
  { what: 'one name', sloOf: (index) => slo(1, 's', inline(index)), finds: 'issues' },
  {
    what: 'a service that nobody defines in each',
    sloOf: (index) => slo(index, `s-${index}`, inline(index)),
    finds: 'warnings',
  },
];

const SERVICE = 'apiVersion: openslo/v1\nkind: Service\nmetadata: { name: s }\nspec: {}\n';

function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

test.each(SHAPES)('a time that grows with their number: SLOs with $what', ({ sloOf, finds }) => {
  const fileOf = (count: number): { file: string; text: string } => {
    const slos = Array.from({ length: count }, (_, index) => sloOf(index));
    return { file: 'a.yaml', text: [SERVICE, ...slos].join('---\n') };
  };
  const [few, many] = [fileOf(COUNT), fileOf(COUNT * GROWTH)];
  const load = (file: typeof few): void => {
    const count = file === few ? COUNT : COUNT * GROWTH;
    expect(loadSpecs([file], { mode: 'tolerant' })[finds].length).toBeGreaterThanOrEqual(count - 1);
  };
  load(few);
  const ratios = Array.from({ length: RUN_COUNT }, () => {
    const [fewMs, manyMs] = [few, many].map((file) =>
      cpuMsOf(() => {
        load(file);
      }),
    );
    return (manyMs ?? 0) / (fewMs ?? 0);
  });
  expect(ratios.toSorted((a, b) => a - b)[RUN_COUNT >> 1]).toBeLessThan(RATIO_MAX);
});
