import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  Client,
  Metadata,
  compressionAlgorithms,
  credentials,
  status,
  type ServiceError,
} from '@grpc/grpc-js';
import { makeKey } from '@burnline/collector';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningIntake } from '../../../attack/support/running-intake.ts';
import { requestOf, spanOf } from '../otlp-sample.ts';
import { protobufOf, readMessage } from './otlp-proto.ts';

/** Goal: OTLP over gRPC is what it is over HTTP, to the clients of gRPC and of OpenTelemetry themselves. */
const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const FIXTURES = new URL('fixtures/', import.meta.url);

let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start({ address: { otlpGrpcPort: 0 }, partitionCount: 1 });
});
afterAll(() => intake.stop());

const hostOf = ({ grpcUrl }: RunningIntake): string => new URL(grpcUrl!).host;
const identity = (bytes: Buffer): Buffer => bytes;

interface Outcome {
  readonly code: number;
  readonly answer: Buffer | null;
  /** What a refusal says of itself; `details` are bytes of google.rpc.Status. */
  readonly message: string;
  readonly details: Buffer | null;
}

/** Calls as the official client does. */
function call(
  body: Buffer,
  options: {
    readonly to?: RunningIntake;
    readonly path?: string;
    readonly key?: string;
    readonly encoding?: compressionAlgorithms;
  } = {},
): Promise<Outcome> {
  const { to = intake, path: method = TRACES, key, encoding = compressionAlgorithms.identity } = options;
  const client = new Client(hostOf(to), credentials.createInsecure(), {
    'grpc.default_compression_algorithm': encoding,
    // The client itself would refuse to send what the intake has to.
    'grpc.max_send_message_length': -1,
  });
  const metadata = new Metadata();
  if (key !== undefined) metadata.set('authorization', `Bearer ${key}`);
  return new Promise<Outcome>((resolve) => {
    client.makeUnaryRequest(
      method,
      identity,
      identity,
      body,
      metadata,
      (error: ServiceError | null, answer) => {
        client.close();
        const [details] = error?.metadata.get('grpc-status-details-bin') ?? [];
        resolve({
          code: error?.code ?? status.OK,
          answer: answer ?? null,
          message: error?.details ?? '',
          details: Buffer.isBuffer(details) ? details : null,
        });
      },
    );
  });
}

async function added(work: () => Promise<void>): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const before = (await intake.records('inference')).length;
  await work();
  return (await intake.records('inference')).slice(before);
}

describe('OTLP over gRPC', () => {
  it('makes the events of what real clients sent that HTTP makes, compressed or not', async () => {
    const names = (await readdir(FIXTURES)).filter((name) => !name.endsWith('.events.json'));
    for (const name of names.filter((_, index) => index % 3 === 0)) {
      const { requests } = JSON.parse(await readFile(new URL(name, FIXTURES), 'utf8')) as {
        readonly requests: readonly { readonly protobuf: string }[];
      };
      const bodies = requests.map(({ protobuf }) => Buffer.from(protobuf, 'base64'));
      const overHttp = await added(async () => {
        for (const body of bodies)
          await intake.post('/v1/traces', body, { 'content-type': 'application/x-protobuf' });
      });
      for (const encoding of [compressionAlgorithms.identity, compressionAlgorithms.gzip]) {
        const overGrpc = await added(async () => {
          for (const body of bodies)
            expect(await call(body, { encoding })).toMatchObject({
              code: status.OK,
              answer: Buffer.alloc(0),
            });
        });
        expect(overGrpc).toEqual(overHttp);
      }
    }
  });

  it('takes what the exporter of OpenTelemetry sends, and keeps no text of it', async () => {
    const exporter = new OTLPTraceExporter({ url: intake.grpcUrl! });
    const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
    const events = await added(async () => {
      const span = provider.getTracer('calls', '1.2').startSpan('chat gpt-4o', {
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'gpt-4o',
          'gen_ai.usage.input_tokens': 12,
          'gen_ai.usage.output_tokens': 3,
          'gen_ai.response.finish_reasons': ['stop'],
          'gen_ai.input.messages': 'CANARY',
        },
      });
      span.end();
      await provider.forceFlush();
      await provider.shutdown();
    });
    expect(events).toMatchObject([
      {
        provider: 'openai',
        model_requested: 'gpt-4o',
        status: 'ok',
        input_tokens: 12,
        output_tokens: 3,
        instrumentation_name: 'calls',
        instrumentation_version: '1.2',
      },
    ]);
    expect((await intake.bytes('inference')).includes('CANARY')).toBe(false);
  });

  it('tells of spans that are wrong, and takes the others', async () => {
    const wrong = spanOf(2, {}, { traceId: 'ff' });
    const { code, answer } = await call(protobufOf(requestOf([spanOf(1), wrong])));
    expect(code).toBe(status.OK);
    expect(readMessage('ExportTraceServiceResponse', answer!)).toMatchObject({
      partialSuccess: { rejectedSpans: '1', errorMessage: expect.stringContaining('spans[1]') as string },
    });
  });

  it.each([
    [
      'bytes that are no request',
      Buffer.from('no request'),
      {},
      status.INVALID_ARGUMENT,
      'COLLECTOR_OTLP_UNREADABLE',
    ],
    [
      'more than a body may hold',
      Buffer.alloc(9 * 1024 * 1024),
      {},
      status.RESOURCE_EXHAUSTED,
      'COLLECTOR_BODY_TOO_LARGE',
    ],
    [
      'what unpacks to more',
      Buffer.alloc(9 * 1024 * 1024),
      { encoding: compressionAlgorithms.gzip },
      status.RESOURCE_EXHAUSTED,
      'COLLECTOR_BODY_TOO_LARGE',
    ],
    [
      'another encoding',
      Buffer.alloc(10),
      { encoding: compressionAlgorithms.deflate },
      status.UNIMPLEMENTED,
      'COLLECTOR_ENCODING_REFUSED',
    ],
    ['another service', Buffer.alloc(0), { path: '/x.Y/Z' }, status.UNIMPLEMENTED, 'COLLECTOR_NOT_FOUND'],
  ])('refuses %s with its code, its reason and its remedy', async (_, body, options, code, reason) => {
    const outcome = await call(body, options);
    expect({ code: outcome.code, message: outcome.message }).toMatchObject({ code });
    const said = readMessage('RpcStatus', outcome.details!) as {
      readonly message: string;
      readonly details: readonly { readonly value: Uint8Array }[];
    };
    expect(said.message).toBe(outcome.message);
    expect(readMessage('ErrorInfo', said.details[0]!.value)).toMatchObject({ reason });
  });

  it('says that what the log did not take is to be sent again', async () => {
    const failing = await RunningIntake.start({
      address: { otlpGrpcPort: 0 },
      partitionCount: 1,
      failPartitions: [0],
    });
    expect(await call(protobufOf(requestOf([spanOf(1)])), { to: failing })).toMatchObject({
      code: status.UNAVAILABLE,
    });
    await failing.stop();
  });

  it('asks for a key where the intake does', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'burnline-grpc-'));
    const keysFile = path.join(directory, 'keys');
    const { key, line } = makeKey('chat');
    await writeFile(keysFile, line);
    const guarded = await RunningIntake.start({ address: { otlpGrpcPort: 0, keysFile } });
    const body = protobufOf(requestOf([spanOf(1)]));
    const unknown = createHash('sha256').update(key).digest('hex');
    expect(await call(body, { to: guarded })).toMatchObject({ code: status.UNAUTHENTICATED });
    expect(await call(body, { to: guarded, key: unknown })).toMatchObject({ code: status.UNAUTHENTICATED });
    expect(await guarded.ids('inference')).toEqual([]);
    expect(await call(body, { to: guarded, key })).toMatchObject({ code: status.OK });
    await guarded.stop();
    await rm(directory, { recursive: true });
  });
});
