import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AppError } from '@burnline/core';
import { ClientGone } from '../bodies/read-body.ts';
import { counted, holdRequest, refusalOf, type Intake } from '../held-request.ts';
import { intakeError } from '../http/intake-error.ts';
import { grpcCodeOf } from '../intake/otlp/otlp-answers.ts';
import type { Answer, Answers } from '../intake/dialect.ts';
import { TRACES } from '../intake/otlp/signals.ts';
import { framed, messageEncodingOf, readMessage } from './grpc-message.ts';
import { methodOf } from './grpc-methods.ts';

/** An answer that is not read by then goes: it holds memory. */
const ANSWER_TIMEOUT_MS = 30_000;
const CONTENT_TYPE = /^application\/grpc(\+proto)?(;|$)/i;

/** Answers one call, as `handle-request.ts` does a request of HTTP. Never throws and never rejects, whatever came. */
export function handleCall(intake: Intake, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  stream.on('error', () => undefined);
  const timeout = setTimeout(() => {
    stream.close(constants.NGHTTP2_CANCEL);
  }, intake.rules.bodies.wholeMs + ANSWER_TIMEOUT_MS).unref();
  stream.once('close', () => {
    clearTimeout(timeout);
  });
  // A client of another kind cannot read a status of gRPC.
  if (!CONTENT_TYPE.test(headers['content-type'] ?? '')) {
    stream.respond({ ':status': 415 }, { endStream: true });
    stream.close(constants.NGHTTP2_NO_ERROR);
    return;
  }
  const call = { stream, headers, answers: TRACES.protobuf.answers };
  void takeCall(intake, call)
    .then((taken) => {
      answer(stream, taken);
    })
    .catch((error: unknown) => {
      if (error instanceof ClientGone) return;
      refuse(call, refusalOf(intake.parts, error));
    })
    .catch((error: unknown) => {
      intake.parts.logger.error({ error: String(error) }, 'a call could not be answered');
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
}

interface Call {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  /** Those of its method, once that is known. */
  answers: Answers;
}

async function takeCall(intake: Intake, call: Call): Promise<Answer> {
  const { stream, headers } = call;
  const { parts, rules, turns, backlog } = intake;
  if (headers[':method'] !== 'POST')
    throw intakeError('COLLECTOR_METHOD_REFUSED', 'A call is a POST', { remedy: 'Use a client of gRPC.' });
  // With TLS a browser could come as far as here; no page has any business here.
  if (headers.origin !== undefined)
    throw intakeError('COLLECTOR_ORIGIN_REFUSED', 'A web page sent this call', {
      remedy: 'Send exports from your service, not from a browser.',
    });
  const client = rules.keys.check({ headers });
  const { take, answers } = methodOf(headers[':path'] ?? '');
  call.answers = answers;
  const encoding = messageEncodingOf(headers['grpc-encoding']?.toString());
  backlog.check();
  return holdRequest(intake, stream, async ({ holding, signal }) => {
    const accepted = await counted(rules.keys, client, async () => {
      const body = await readMessage(stream, encoding, { limits: rules.bodies, holding, turns, signal });
      return backlog.during(() => take(parts, { client, body, turns, signal }));
    });
    return answers.taken(accepted);
  });
}

function answer(stream: ServerHttp2Stream, { body }: Answer): void {
  if (stream.destroyed) return;
  stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.once('wantTrailers', () => {
    stream.sendTrailers({ 'grpc-status': '0' });
  });
  stream.end(framed(Buffer.from(body)));
}

function refuse({ stream, answers }: Call, error: AppError): void {
  if (stream.destroyed) return;
  const { body } = answers.refused(error);
  stream.respond(
    {
      'content-type': 'application/grpc',
      'grpc-status': String(grpcCodeOf(error)),
      'grpc-message': percentEncoded(`${error.message}. ${error.remedy ?? ''}`),
      'grpc-status-details-bin': Buffer.from(body).toString('base64'),
      'grpc-accept-encoding': 'identity,gzip',
    },
    { endStream: true },
  );
  // Whatever of the call is still to come is not read.
  stream.close(constants.NGHTTP2_NO_ERROR);
}

/** As a status message is sent: visible ASCII as it is, but for the per cent sign. */
function percentEncoded(text: string): string {
  return text.toWellFormed().replace(/[^\x20-\x24\x26-\x7e]/gu, encodeURIComponent);
}
