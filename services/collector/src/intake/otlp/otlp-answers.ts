import type { AppError } from '@burnline/core';
import protobuf from 'protobufjs/minimal.js';
import { jsonAnswer } from '../../http/answers.ts';
import { statusOf, type CollectorErrorCode } from '../../http/intake-error.ts';
import type { ProblemSummary } from '../../records/record-problems.ts';
import type { Accepted, Answer, Answers } from '../dialect.ts';

/** Faults that are described; all are counted. */
const DESCRIBED_MAX = 20;
const DOMAIN = 'burnline';
const TYPES = 'type.googleapis.com/google.rpc';

/** google.rpc.Code for a status of HTTP. */
const CODE_BY_HTTP: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  413: 8,
  415: 3,
  429: 14,
  503: 14,
};
const CODE_UNKNOWN = 2;
/** A call of gRPC that nobody answers, or in an encoding that nobody reads, has a code of its own. */
const CODE_UNIMPLEMENTED = 12;
const UNIMPLEMENTED: ReadonlySet<string> = new Set<CollectorErrorCode>([
  'COLLECTOR_ENCODING_REFUSED',
  'COLLECTOR_METHOD_REFUSED',
  'COLLECTOR_NOT_FOUND',
]);

/** google.rpc.Status, with what programs go by in ErrorInfo, and what is wrong with spans in BadRequest. */
interface Status {
  readonly httpStatus: number;
  readonly code: number;
  readonly message: string;
  readonly reason: string;
  readonly remedy: string;
  readonly violations: readonly Violation[];
}

/** How a signal's items are called in answers. */
export interface SignalWords {
  /** As OTLP calls them. */
  readonly items: string;
  /** The member of a partial success that counts what was left out. */
  readonly rejected: string;
  readonly leftOut: string;
}

interface Violation {
  readonly field: string;
  readonly description: string;
}

/** Exporters send again after 503 and not after 408 or 500; the intake wants to be sent both again. */
function httpStatusOf(error: AppError): number {
  const status = statusOf(error);
  return status === 408 || status === 500 ? 503 : status;
}

const codeOf = (httpStatus: number): number => CODE_BY_HTTP[httpStatus] ?? CODE_UNKNOWN;

function statusFor(error: AppError, signal: SignalWords): Status {
  const httpStatus = httpStatusOf(error);
  return {
    httpStatus,
    code: codeOf(httpStatus),
    message: `${error.message}. ${error.remedy ?? ''}`,
    reason: error.code,
    remedy: error.remedy ?? '',
    violations: violationsOf(signal, error.details),
  };
}

/** google.rpc.Code of an answer over gRPC: exporters call again after UNAVAILABLE. */
export function grpcCodeOf(error: AppError): number {
  return UNIMPLEMENTED.has(error.code) ? CODE_UNIMPLEMENTED : codeOf(httpStatusOf(error));
}

/** What was found is not repeated: it is the sender's text. */
function violationsOf(
  { items }: SignalWords,
  { problems = [] }: Partial<ProblemSummary>,
): readonly Violation[] {
  return problems.slice(0, DESCRIBED_MAX).map(({ index, path, expected }) => ({
    field: `${items}[${index}]${path === '' ? '' : `.${path}`}`,
    description: `expected ${expected}`,
  }));
}

/** ExportTracePartialSuccess and the like; null: all was taken. */
function partialOf(
  signal: SignalWords,
  { refused }: Accepted,
): { readonly rejected: number; readonly message: string } | null {
  if (refused === undefined) return null;
  const described = violationsOf(signal, refused).map(({ field, description }) => `${field}: ${description}`);
  const message = `${signal.leftOut}. ${described.join('; ')}`.trim();
  return { rejected: refused.wrongCount, message };
}

/** Answers in JSON. */
export const jsonAnswers = (signal: SignalWords): Answers => ({
  taken: (accepted) => {
    const partial = partialOf(signal, accepted);
    if (partial === null) return jsonAnswer(200, {});
    return jsonAnswer(200, {
      partialSuccess: { [signal.rejected]: String(partial.rejected), errorMessage: partial.message },
    });
  },
  refused: (error) => {
    const { httpStatus, code, message, reason, remedy, violations } = statusFor(error, signal);
    const info = { '@type': `${TYPES}.ErrorInfo`, reason, domain: DOMAIN, metadata: { remedy } };
    const bad = { '@type': `${TYPES}.BadRequest`, fieldViolations: violations };
    return jsonAnswer(httpStatus, { code, message, details: violations.length === 0 ? [info] : [info, bad] });
  },
});

/** The same in protobuf, where the answers of all signals have the same fields. */
export const protobufAnswers = (signal: SignalWords): Answers => ({
  taken: (accepted) => {
    const partial = partialOf(signal, accepted);
    const writer = protobuf.Writer.create();
    if (partial !== null) {
      writer.uint32(messageTag(1)).fork();
      writer.uint32(8).int64(partial.rejected);
      writeText(writer, 2, partial.message).ldelim();
    }
    return bytes(200, writer);
  },
  refused: (error) => {
    const { httpStatus, code, message, reason, remedy, violations } = statusFor(error, signal);
    const writer = protobuf.Writer.create().uint32(8).int32(code);
    writeText(writer, 2, message);
    writeAny(writer, 'ErrorInfo', (info) => {
      writeText(info, 1, reason);
      writeText(info, 2, DOMAIN);
      info.uint32(messageTag(3)).fork();
      writeText(info, 1, 'remedy');
      writeText(info, 2, remedy).ldelim();
    });
    if (violations.length > 0)
      writeAny(writer, 'BadRequest', (bad) => {
        for (const { field, description } of violations) {
          bad.uint32(messageTag(1)).fork();
          writeText(bad, 1, field);
          writeText(bad, 2, description).ldelim();
        }
      });
    return bytes(httpStatus, writer);
  },
});

/** A google.protobuf.Any among the details of a status. */
function writeAny(writer: protobuf.Writer, type: string, write: (inner: protobuf.Writer) => void): void {
  writer.uint32(messageTag(3)).fork();
  writeText(writer, 1, `${TYPES}.${type}`);
  writer.uint32(messageTag(2)).fork();
  write(writer);
  writer.ldelim().ldelim();
}

const messageTag = (field: number): number => (field << 3) | 2;

function writeText(writer: protobuf.Writer, field: number, text: string): protobuf.Writer {
  return writer.uint32(messageTag(field)).string(text);
}

function bytes(status: number, writer: protobuf.Writer): Answer {
  return { status, contentType: 'application/x-protobuf', body: writer.finish() };
}
