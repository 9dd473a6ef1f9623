import { randomFrom } from './random.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2025, 8, 14, 20, 3, 0);
const LENGTH_MINUTES = 9 * 60;

const SEED = Number(process.env['BURNLINE_SEED'] ?? 20_250_914);

/**
 * Nine hours over midnight with three outages: events sampled and repeated, verdicts minutes to hours after what they judge,
 * more providers than a cap admits, tasks of which some spend without end.
 */
export function kindsHistory(): { readonly lines: readonly string[]; readonly seed: number } {
  const random = randomFrom(SEED);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const records: { readonly logMs: number; readonly line: string }[] = [];
  let number = 0;
  const idOf = (): string => `00000000-0000-4000-8000-${String((number += 1)).padStart(12, '0')}`;
  for (let minute = 0; minute < LENGTH_MINUTES; minute += 1) {
    const isOut = [100, 260, 430].some((from) => minute >= from && minute < from + 35);
    for (let event = 0; event < 6; event += 1) {
      const atMs = START_MS + minute * MINUTE_MS + Math.floor(random() * MINUTE_MS);
      const isBad = random() < (isOut ? 0.6 : 0.01);
      const line = JSON.stringify({
        event_id: idOf(),
        occurred_at: new Date(atMs).toISOString(),
        service: 'chat',
        provider: pick(['a', 'b', 'c', 'd', `rare-${Math.floor(random() * 9)}`]),
        model_requested: 'm',
        status: isBad ? pick(['error', 'timeout', 'rate_limited']) : 'ok',
        duration_ms: 100 + Math.floor(random() * (isOut ? 9_000 : 900)),
        task_id: isOut ? `runaway-${minute % 3}` : `task-${minute}`,
        input_tokens: 1 + Math.floor(random() * 400),
        output_tokens: 1 + Math.floor(random() * 900),
        sample_weight: pick([1, 1, 2.5]),
      });
      records.push({ logMs: atMs, line });
      if (random() < 0.05) records.push({ logMs: atMs, line });
      if (random() < 0.5) records.push(verdictOf(atMs, isOut));
    }
  }
  records.sort((left, right) => left.logMs - right.logMs);
  return { lines: records.map(({ line }) => line), seed: SEED };

  function verdictOf(atMs: number, isOut: boolean): (typeof records)[number] {
    const judgedMs = atMs + Math.floor(random() * pick([MINUTE_MS, 120 * MINUTE_MS]));
    const verdict = {
      event_id: idOf(),
      judged_at: new Date(judgedMs).toISOString(),
      inference_at: new Date(atMs).toISOString(),
      ...{ evaluator: 'judge', dimension: 'quality', service: 'chat', provider: 'a', model_requested: 'm' },
      passed: random() > (isOut ? 0.7 : 0.02),
    };
    return { logMs: judgedMs, line: JSON.stringify({ verdict }) };
  }
}

const slo = (name: string, indicator: string, objective: string, method = 'Occurrences'): string => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: chat
  indicator: { metadata: { name: ${name} }, spec: { ${indicator} } }
  timeWindow: [{ duration: 7d, isRolling: true }]
  budgetingMethod: ${method}
  objectives: [{ ${objective} }]`;

const ratio = (good: string, total: string): string =>
  `ratioMetric: { counter: false, good: { metricSource: { type: burnline, spec: { ${good} } } }, total: { metricSource: { type: burnline, spec: { ${total} } } } }`;

const OK = `where: "status == 'ok'"`;

export const KINDS_SPECS = [
  '\napiVersion: openslo/v1\nkind: Service\nmetadata: { name: chat }\nspec: {}',
  slo('capped', ratio(OK, 'by: [provider], seriesMax: 3'), 'target: 0.95'),
  slo('weighed', ratio(OK, 'weight: output_tokens'), 'target: 0.97'),
  slo('quality', ratio('stream: verdicts, where: passed', 'stream: verdicts'), 'target: 0.9'),
  slo('slices', ratio(OK, ''), 'target: 0.95, timeSliceWindow: 5m, timeSliceTarget: 0.9', 'Timeslices'),
  slo(
    'spenders',
    'thresholdMetric: { metricSource: { type: burnline, spec: { entity: task_id, consume: output_tokens } } }',
    'op: lte, value: 20000, target: 0.9',
  ),
  `
apiVersion: openslo/v1
kind: SLO
metadata: { name: experience }
spec:
  service: chat
  timeWindow: [{ duration: 7d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives:
    - { displayName: available, target: 0.97, compositeWeight: 2, indicator: { spec: { ${ratio(OK, 'by: [provider]')} } } }
    - displayName: fast
      target: 0.9
      op: lte
      value: 1000
      indicator: { spec: { thresholdMetric: { metricSource: { type: burnline, spec: { field: duration_ms } } } } }`,
].join('\n---');
