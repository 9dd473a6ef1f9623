import { Client, Metadata, credentials, type ServiceError } from '@grpc/grpc-js';
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
} from '@opentelemetry/otlp-transformer';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningIntake } from '../../../attack/support/running-intake.ts';
import {
  TRACE_ID,
  attributesOf,
  evaluationOf,
  logsRequestOf,
  requestOf,
  spanIdOf,
  spanOf,
} from '../otlp-sample.ts';
import { protobufOf, readMessage } from './otlp-proto.ts';

/**
 * Goal: evaluations in logs, on spans and in OpenInference's carriers become verdicts of what they judge, in either encoding; of other
 * records and of metrics nothing is made, and that is said as the specification asks.
 */
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const CANARY = 'CANARY of what somebody wrote';
const OTHER_TRACE = '00112233445566778899aabbccddeeff';

let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start({ address: { otlpGrpcPort: 0 }, partitionCount: 1 });
});
afterAll(() => intake.stop());

type Verdict = Readonly<Record<string, unknown>>;

/** Verdicts that a request adds. */
async function added(send: () => Promise<unknown>): Promise<readonly Verdict[]> {
  const before = (await intake.records('references')).length;
  await send();
  return (await intake.records('references')).slice(before);
}
const postLogs = (...records: readonly object[]): Promise<Response> =>
  intake.post('/v1/logs', JSON.stringify(logsRequestOf(records)));
async function ofLogs(...records: readonly object[]): Promise<readonly Verdict[]> {
  return added(async () => {
    expect(await (await postLogs(...records)).json()).toEqual({});
  });
}
/** The same in both encodings. */
async function ofSpans(...spans: readonly object[]): Promise<readonly Verdict[]> {
  const inJson = await added(async () => {
    const answer = await intake.post('/v1/traces', JSON.stringify(requestOf(spans)));
    expect(await answer.json()).toEqual({});
  });
  const inProtobuf = await added(() => intake.post('/v1/traces', protobufOf(requestOf(spans)), PROTOBUF));
  expect(inProtobuf).toEqual(inJson);
  return inJson;
}

describe('an evaluation in a log', () => {
  it('is a verdict of the span and the answer that it names', async () => {
    const record = evaluationOf(1, { 'gen_ai.response.id': 'chatcmpl-1', 'gen_ai.evaluation.version': '3' });
    expect(await ofLogs(record)).toMatchObject([
      {
        judged_at: 1_789_900_000_000_000,
        response_id: 'chatcmpl-1',
        span_id: spanIdOf(1),
        trace_id: TRACE_ID,
        request_id: null,
        evaluator: 'Relevance',
        evaluator_version: '3',
        kind: 'online_judge',
        dimension: 'quality',
        passed: true,
        score: 4.5,
        attributes: { label: 'pass' },
      },
    ]);
  });

  it.each([
    ['pass', true, { label: 'pass' }],
    ['Not relevant', false, { label: '_OTHER', undecided: 'true' }],
    ['fail', false, { label: 'fail' }],
    ['thumbs-up', true, { label: 'thumbs-up' }],
    ['somewhat', false, { label: 'somewhat', undecided: 'true' }],
  ] as const)('with the label %s has passed: %s', async (label, passed, attributes) => {
    expect(await ofLogs(evaluationOf(2, { 'gen_ai.evaluation.score.label': label }))).toMatchObject([
      { passed, attributes },
    ]);
  });

  it.each([
    ['Toxicity', {}, 'safety'],
    ['Faithfulness', {}, 'quality'],
    ['Tone', { 'burnline.dimension': 'style' }, 'style'],
  ])('of %s is of its dimension', async (name, more, dimension) => {
    expect(await ofLogs(evaluationOf(3, { 'gen_ai.evaluation.name': name, ...more }))).toMatchObject([
      { evaluator: name, dimension },
    ]);
  });

  it('by the name of an attribute, as events had it before, and by the time that it was seen', async () => {
    const record = evaluationOf(
      4,
      { 'event.name': 'gen_ai.evaluation.result' },
      { eventName: '', timeUnixNano: '0', observedTimeUnixNano: '1789900000000001000' },
    );
    expect(await ofLogs(record)).toMatchObject([{ judged_at: 1_789_900_000_000_001 }]);
  });

  it('of a judge that failed is none, and so are other records, which are counted', async () => {
    const failed = evaluationOf(5, { 'error.type': 'timeout' });
    const other = evaluationOf(5, {}, { eventName: 'gen_ai.user.message', body: { stringValue: CANARY } });
    const ignored = async (): Promise<number> =>
      Number(
        /burnline_intake_ignored_total\{signal="logs"[^}]*\} (\d+)/.exec(await intake.metrics())?.[1] ?? 0,
      );
    const before = await ignored();
    expect(await ofLogs(failed, other)).toEqual([]);
    expect((await ignored()) - before).toBe(2);
  });

  it('that names nothing, or has no name, is left out with its place, and the others are taken', async () => {
    const nowhere = evaluationOf(6, {}, { traceId: '', spanId: '00' });
    const unnamed = evaluationOf(6, { 'gen_ai.evaluation.name': '' });
    const taken = await added(async () => {
      const answer = await postLogs(nowhere, evaluationOf(6), unnamed);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({
        partialSuccess: {
          rejectedLogRecords: '2',
          errorMessage: expect.stringMatching(/logRecords\[0\]\.spanId.*logRecords\[2\]\.gen_ai/) as string,
        },
      });
    });
    expect(taken).toHaveLength(1);
  });

  it('counts once when its exporter sends it again, and keeps no explanation', async () => {
    const record = evaluationOf(7, { 'gen_ai.evaluation.explanation': CANARY });
    const [one, again] = await ofLogs(record, record);
    expect(again).toEqual(one);
    expect((await intake.bytes('references')).includes(CANARY)).toBe(false);
  });
});

describe('what the SDK of OpenTelemetry writes', () => {
  const exporter = new InMemoryLogRecordExporter();
  const logger = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] }).getLogger(
    'judge',
    '2',
  );
  logger.emit({
    eventName: 'gen_ai.evaluation.result',
    timestamp: 1_789_900_000_500,
    body: CANARY,
    attributes: {
      'gen_ai.evaluation.name': 'Correctness',
      'gen_ai.evaluation.score.value': 0.25,
      'gen_ai.evaluation.score.label': 'incorrect',
      'gen_ai.evaluation.explanation': CANARY,
      'gen_ai.response.id': 'chatcmpl-sdk',
    },
  });
  const expected = [
    {
      judged_at: 1_789_900_000_500_000,
      response_id: 'chatcmpl-sdk',
      evaluator: 'Correctness',
      passed: false,
      score: 0.25,
    },
  ];

  it.each([
    ['JSON', JsonLogsSerializer, {}],
    ['protobuf', ProtobufLogsSerializer, PROTOBUF],
  ] as const)('is read as %s', async (_, serializer, headers) => {
    const body = serializer.serializeRequest(exporter.getFinishedLogRecords())!;
    const verdicts = await added(async () => {
      const answer = await intake.post('/v1/logs', body, headers);
      const { partialSuccess } = serializer.deserializeResponse(new Uint8Array(await answer.arrayBuffer()));
      expect({ status: answer.status, partialSuccess: partialSuccess ?? null }).toEqual({
        status: 200,
        partialSuccess: null,
      });
    });
    expect(verdicts).toMatchObject(expected);
  });

  it('is read over gRPC', async () => {
    const body = Buffer.from(ProtobufLogsSerializer.serializeRequest(exporter.getFinishedLogRecords())!);
    const verdicts = await added(() => call('logs.v1.LogsService', body));
    expect(verdicts).toMatchObject(expected);
  });

  it('of metrics is left out whole, with the number of its points', async () => {
    const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 60_000 });
    const meter = new MeterProvider({ readers: [reader] }).getMeter('m');
    for (const model of ['a', 'b']) meter.createHistogram('gen_ai.client.token.usage').record(3, { model });
    meter.createCounter('calls').add(1);
    await reader.forceFlush();
    const [collected] = metrics.getMetrics();
    for (const [serializer, headers] of [
      [JsonMetricsSerializer, {}],
      [ProtobufMetricsSerializer, PROTOBUF],
    ] as const) {
      const answer = await intake.post('/v1/metrics', serializer.serializeRequest(collected!)!, headers);
      expect(answer.status).toBe(200);
      const { partialSuccess } = serializer.deserializeResponse(new Uint8Array(await answer.arrayBuffer()));
      expect(Number(partialSuccess?.rejectedDataPoints)).toBe(3);
      expect(partialSuccess?.errorMessage).toMatch(/OTEL_METRICS_EXPORTER=none/);
    }
    const over = await call(
      'metrics.v1.MetricsService',
      Buffer.from(ProtobufMetricsSerializer.serializeRequest(collected!)!),
    );
    expect(readMessage('ExportTraceServiceResponse', over)).toMatchObject({
      partialSuccess: { rejectedSpans: '3' },
    });
    await reader.shutdown();
  });
});

function call(service: string, body: Buffer): Promise<Buffer> {
  const client = new Client(new URL(intake.grpcUrl!).host, credentials.createInsecure());
  const same = (bytes: Buffer): Buffer => bytes;
  const method = `/opentelemetry.proto.collector.${service}/Export`;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      method,
      same,
      same,
      body,
      new Metadata(),
      (error: ServiceError | null, answer) => {
        client.close();
        if (error === null) resolve(answer!);
        else reject(error);
      },
    );
  });
}

describe('a span', () => {
  const evaluated = (over: object = {}): object => ({
    name: 'gen_ai.evaluation.result',
    timeUnixNano: '1789900004000000000',
    attributes: attributesOf({
      'gen_ai.evaluation.name': 'Relevance',
      'gen_ai.evaluation.score.label': 'fail',
      'gen_ai.evaluation.explanation': CANARY,
    }),
    ...over,
  });

  it('with an evaluation as its event is judged by it, and is an event of its own', async () => {
    const before = (await intake.ids('inference')).length;
    const verdicts = await ofSpans(
      spanOf(11, {}, { events: [evaluated(), evaluated({ timeUnixNano: '1789900005000000000' })] }),
    );
    expect(verdicts).toMatchObject([
      { span_id: spanIdOf(11), trace_id: TRACE_ID, passed: false, judged_at: 1_789_900_004_000_000 },
      { span_id: spanIdOf(11), judged_at: 1_789_900_005_000_000 },
    ]);
    expect(await intake.ids('inference')).toHaveLength(before + 2);
  });

  it('of OpenInference that carries feedback judges what its link names, not its parent', async () => {
    const carrier = spanOf(
      12,
      {},
      {
        name: 'feedback',
        parentSpanId: spanIdOf(99),
        links: [{ traceId: OTHER_TRACE, spanId: spanIdOf(5) }],
        attributes: attributesOf({
          'openinference.span.kind': 'EVALUATOR',
          'annotations.0.annotation.name': 'thumbs',
          'annotations.0.annotation.label': 'thumbs-down',
          'annotations.0.annotation.annotator_kind': 'HUMAN',
          'annotations.0.annotation.explanation': CANARY,
          'evaluations.1.evaluation.name': 'toxicity',
          'evaluations.1.evaluation.label': 'safe',
          'evaluations.1.evaluation.score': 0.02,
          'evaluations.1.evaluation.annotator_kind': 'LLM',
        }),
      },
    );
    const judged = { trace_id: OTHER_TRACE, span_id: spanIdOf(5), response_id: null };
    expect(await ofSpans(carrier)).toMatchObject([
      { ...judged, evaluator: 'thumbs', kind: 'user_feedback', passed: false, score: null },
      {
        ...judged,
        evaluator: 'toxicity',
        kind: 'online_judge',
        dimension: 'safety',
        passed: true,
        score: 0.02,
      },
    ]);
    expect((await intake.bytes('references')).includes(CANARY)).toBe(false);
  });

  it('that carries its own evaluations is judged by them; one with several links is left out', async () => {
    const own = { 'evaluations.0.evaluation.name': 'tone', 'evaluations.0.evaluation.label': 'good' };
    expect(await ofSpans(spanOf(13, own))).toMatchObject([{ span_id: spanIdOf(13), passed: true }]);
    const link = { traceId: OTHER_TRACE, spanId: spanIdOf(5) };
    const answer = await intake.post(
      '/v1/traces',
      JSON.stringify(requestOf([spanOf(14), spanOf(15, own, { links: [link, link] })])),
    );
    expect(await answer.json()).toMatchObject({
      partialSuccess: {
        rejectedSpans: '1',
        errorMessage: expect.stringContaining('spans[1].links') as string,
      },
    });
  });

  it('whose judgement is wrong is taken as an event, and refused only where it is none', async () => {
    const unnamed = evaluated({ attributes: attributesOf({ 'gen_ai.evaluation.score.label': 'fail' }) });
    const link = { traceId: OTHER_TRACE, spanId: spanIdOf(5) };
    const own = { 'evaluations.0.evaluation.name': 'tone', 'evaluations.0.evaluation.label': 'good' };
    const wrong = [spanOf(16, {}, { events: [unnamed] }), spanOf(17, own, { links: [link, link] })];
    const before = (await intake.ids('inference')).length;
    const answer = await intake.post('/v1/traces', JSON.stringify(requestOf(wrong)));
    expect({ status: answer.status, said: await answer.json() }).toMatchObject({
      status: 200,
      said: { partialSuccess: { rejectedSpans: '2' } },
    });
    expect(await intake.ids('inference')).toHaveLength(before + 2);
    const none = spanOf(18, {}, { attributes: [], events: [unnamed] });
    const refused = await intake.post('/v1/traces', JSON.stringify(requestOf([none])));
    expect(refused.status).toBe(400);
    expect(await intake.ids('inference')).toHaveLength(before + 2);
  });
});
