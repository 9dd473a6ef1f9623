import { scoreOf } from '../../contract/intake/langfuse-sample.ts';
import {
  evaluationOf,
  logsRequestOf,
  requestOf,
  spanIdOf,
  spanOf,
} from '../../contract/intake/otlp-sample.ts';
import { protobufOf } from '../../contract/intake/otlp/otlp-proto.ts';
import { ODDITIES, below, mutate, pick, type Random } from './body-fuzz.ts';

const oddity = (random: Random) => (): Buffer => Buffer.from(pick(random, ODDITIES));
const listOf = <T>(random: Random, draw: () => T): readonly T[] =>
  Array.from({ length: 1 + below(random, 12) }, draw);

/** Verdicts by reference and whole ones in one body, as an array or one per line, mostly broken somewhere. */
export function drawVerdicts(random: Random): Buffer {
  const judged = { evaluator: 'judge', dimension: 'quality', passed: random() < 0.5 };
  const whole = { inference_at: '2026-01-05T09:43:35Z', service: 'chat' };
  const ids = [
    { response_id: 'r' },
    { span_id: spanIdOf(1) },
    { request_id: 'q', trace_id: 't' },
    { trace_id: '' },
  ];
  const all = listOf(random, () => ({ ...judged, ...(random() < 0.3 ? whole : pick(random, ids)) }));
  const texts = all.map((one) => JSON.stringify(one));
  return mutate(
    random,
    Buffer.from(random() < 0.5 ? `[${texts.join(',')}]` : texts.join('\n')),
    oddity(random),
  );
}

/** Scores of Langfuse, with members of all kinds in the place of those that are read. */
export function drawScores(random: Random): Buffer {
  const odd = [null, true, -1, 1e308, '', 'x', {}, [], '5b8efff798038103d269b633813fc60c'];
  const names = Object.keys(scoreOf(1));
  const all = listOf(random, () =>
    scoreOf(below(random, 1e6), random() < 0.5 ? { [pick(random, names)]: pick(random, odd) } : {}),
  );
  return mutate(random, Buffer.from(all.map((one) => JSON.stringify(one)).join('\n')), oddity(random));
}

/** An export of evaluations, in logs or on spans, mostly broken somewhere. */
export function drawExport(random: Random): {
  readonly path: '/v1/logs' | '/v1/traces' | '/v1/metrics';
  readonly contentType: string;
  readonly body: Buffer;
} {
  const isLogs = random() < 0.5;
  const records = listOf(random, () => evaluationOf(below(random, 1e6)));
  const spans = records.map((record) =>
    spanOf(below(random, 1e6), {}, { events: [{ name: 'x', ...record }], links: [{}] }),
  );
  const request = isLogs ? logsRequestOf(records) : requestOf(spans);
  const isJson = random() < 0.5;
  const name = isLogs ? 'ExportLogsServiceRequest' : 'ExportTraceServiceRequest';
  const whole = isJson ? Buffer.from(JSON.stringify(request)) : protobufOf(request, name);
  // Each signal reads the others' bytes as its own.
  const path = pick(random, ['/v1/logs', '/v1/traces', '/v1/metrics'] as const);
  return {
    path: random() < 0.8 ? (isLogs ? '/v1/logs' : '/v1/traces') : path,
    contentType: isJson ? 'application/json' : 'application/x-protobuf',
    body: mutate(
      random,
      whole,
      isJson ? oddity(random) : () => Buffer.from([below(random, 256), 0xff, 0x7f]),
    ),
  };
}
