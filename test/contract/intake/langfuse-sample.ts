import { createHash } from 'node:crypto';
import { amongThem, saidInJson, type RouteSample } from './dialect-sample.ts';

/** A score as Langfuse's API lists it, comment and all. */
export function scoreOf(
  number: number,
  over: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    id: `score-${number}`,
    timestamp: '2026-09-20T10:26:40.000Z',
    environment: 'production',
    traceId: '5b8efff798038103d269b633813fc60c',
    observationId: number.toString(16).padStart(16, '0'),
    name: 'correctness',
    value: 0.9,
    dataType: 'NUMERIC',
    source: 'EVAL',
    comment: 'The answer says why.',
    metadata: { prompt: 'What is "good"?' },
    ...over,
  };
}

/** RFC 9562 version 8 over SHA-256 of the score's id. */
function idOf(number: number): string {
  const hash = createHash('sha256');
  for (const part of ['langfuse-score', `score-${number}`]) hash.update(`${part.length}:${part}`);
  const bytes = hash.digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

export const langfuseSamples: readonly RouteSample[] = [
  {
    path: '/v1/langfuse/scores',
    contentType: 'application/json',
    topic: 'references',
    body: (numbers) => Buffer.from(JSON.stringify(numbers.map((number) => scoreOf(number)))),
    idOf,
    mixed: (numbers) => {
      const right = numbers.map((number) => scoreOf(number));
      const { all, wrongIndexes } = amongThem(right, scoreOf(0, { name: null }));
      return { body: Buffer.from(JSON.stringify(all)), wrongIndexes };
    },
    mixedIs: 'taken',
    hasIds: true,
    tellsEach: true,
    emptyIs: 400,
    read: saidInJson,
  },
];
