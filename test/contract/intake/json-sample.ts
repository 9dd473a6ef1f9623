import { amongThem, saidInJson, uuidOf, type RouteSample } from './dialect-sample.ts';

const bodyOf = (records: readonly object[]): Buffer => Buffer.from(JSON.stringify(records));

function sampleOf(
  path: string,
  topic: RouteSample['topic'],
  record: Readonly<Record<string, unknown>>,
  wrong: Readonly<Record<string, unknown>> = { service: '' },
): RouteSample {
  const recordOf = (number: number): object => ({ ...record, event_id: uuidOf(number) });
  return {
    path,
    topic,
    contentType: 'application/json',
    body: (numbers) => bodyOf(numbers.map(recordOf)),
    idOf: uuidOf,
    mixed: (numbers) => {
      const { all, wrongIndexes } = amongThem(numbers.map(recordOf), { ...record, ...wrong });
      return { body: bodyOf(all), wrongIndexes };
    },
    mixedIs: 'refused',
    hasIds: true,
    tellsEach: true,
    emptyIs: 400,
    read: saidInJson,
  };
}

/** docs/events.md */
export const jsonSamples: readonly RouteSample[] = [
  sampleOf('/v1/events', 'inference', {
    service: 'chat',
    model_requested: 'm',
    status: 'ok',
    duration_ms: 12,
  }),
  sampleOf('/v1/verdicts', 'verdicts', {
    inference_at: '2026-01-05T09:43:35Z',
    evaluator: 'judge',
    dimension: 'quality',
    passed: true,
    service: 'chat',
  }),
  sampleOf(
    '/v1/verdicts',
    'references',
    { response_id: 'chatcmpl-1', evaluator: 'judge', dimension: 'quality', passed: true },
    // Of what it judges it says the id alone.
    { service: 'chat' },
  ),
];
