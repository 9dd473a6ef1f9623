/** SLOs over the recorded events: rolling and calendar periods, grouped and not, one within another, and a composite. */
export interface Rule {
  readonly slo: string;
  readonly target: number;
  readonly by: readonly ('provider' | 'tenant')[];
  readonly window: string;
  readonly annotations?: string;
  readonly service?: string;
}

export const ROLLING_DAY = '{ duration: 1d, isRolling: true }';
export const ROLLING_WEEKS = '{ duration: 28d, isRolling: true }';
const calendar = (duration: string): string =>
  `{ duration: ${duration}, isRolling: false, calendar: { startTime: '2026-01-01 00:00:00', timeZone: UTC } }`;
const within = (slo: string): string => `burnline.dev/within: ${slo}`;

export const RULES: readonly Rule[] = [
  { slo: 'day-loose', target: 0.6, by: ['provider'], window: ROLLING_DAY },
  { slo: 'day-even', target: 0.87, by: ['provider'], window: ROLLING_DAY },
  {
    slo: 'day-tight',
    target: 0.95,
    by: [],
    window: ROLLING_DAY,
    annotations: 'burnline.dev/dimension: safety',
  },
  { slo: 'month', target: 0.9, by: ['provider'], window: calendar('1M') },
  { slo: 'calendar-day', target: 0.8, by: [], window: calendar('1d') },
  { slo: 'fleet', target: 0.9, by: [], window: ROLLING_WEEKS, service: 'everything' },
  { slo: 'provider', target: 0.9, by: ['provider'], window: ROLLING_WEEKS, annotations: within('fleet') },
  {
    slo: 'tenant',
    target: 0.8,
    by: ['tenant', 'provider'],
    window: ROLLING_WEEKS,
    annotations: within('provider'),
  },
];

const specOf = ({ slo, target, by, window, annotations = '', service = 'chat' }: Rule): string => `---
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${slo}, annotations: { ${annotations} } }
spec:
  service: ${service}
  budgetingMethod: Occurrences
  timeWindow: [${window}]
  indicator:
    metadata: { name: ${slo} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total: { metricSource: { type: burnline, spec: { by: [${by.join(', ')}] } } }
  objectives: [{ target: ${target} }]
`;
const COMPOSITE = `---
apiVersion: openslo/v1
kind: SLO
metadata: { name: whole }
spec:
  service: chat
  budgetingMethod: Occurrences
  timeWindow: [${ROLLING_WEEKS}]
  objectives:
${['answers', 'speed']
  .map(
    (part) => `    - displayName: ${part}
      target: 0.9
      indicator:
        metadata: { name: whole-${part} }
        spec:
          ratioMetric:
            counter: false
            good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
            total: { metricSource: { type: burnline, spec: { scope: "has(ttft_ms) || ${part === 'answers'}" } } }
`,
  )
  .join('')}`;
export const SPECS = `apiVersion: openslo/v1
kind: Service
metadata: { name: chat, annotations: { burnline.dev/criticality: high } }
spec: {}
---
apiVersion: openslo/v1
kind: Service
metadata: { name: everything }
spec: {}
${RULES.map(specOf).join('')}${COMPOSITE}`;
