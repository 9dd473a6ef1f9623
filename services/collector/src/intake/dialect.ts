import type { IncomingMessage } from 'node:http';
import type { AppError } from '@burnline/core';
import type { CollectorParts } from '../collector-parts.ts';
import type { Turns } from '../http/turns.ts';
import type { ProblemSummary } from '../records/record-problems.ts';

/** A request that was let in, its body whole and unpacked. */
export interface Exchange {
  readonly request: IncomingMessage;
  /** Whose key it came with; empty where none is asked for. */
  readonly client: string;
  readonly body: Uint8Array;
  readonly turns: Turns;
  /** Aborts when the client goes away: nobody needs the work any more. */
  readonly signal: AbortSignal;
}

/** What became of a request that was taken. */
export interface Accepted {
  /** Records that are durable. */
  readonly accepted: number;
  /** Events that are right and that sampling left out: those that were kept stand for them. */
  readonly sampledOut?: number;
  /** How many partitions the stream has: a publisher that knows cuts its messages for them. */
  readonly partitions?: number;
  /** The ids under which they are, in the order of the request. */
  readonly ids?: readonly string[];
  /** Records that were left out, of a dialect that takes the rest. */
  readonly refused?: ProblemSummary;
}

/** An answer in a dialect's form; headers that go with its status come with it. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** How a dialect says what became of a request. */
export interface Answers {
  taken(accepted: Accepted): Answer;
  /** Refused by the intake or by the dialect; also what is to be sent again (503), which is not taken as far as it is known. */
  refused(error: AppError): Answer;
}

/** What is posted to one path. */
export interface DialectRoute {
  readonly path: string;
  /** POST, unless others are named. */
  readonly methods?: readonly string[];
  /** Throws COLLECTOR_MEDIA_TYPE_REFUSED. */
  readonly checkType: (request: IncomingMessage) => void;
  /**
   * Makes records of the body and appends them; resolves once they are durable. Every record is looked at, and those that
   * are wrong are told by their index: rejects with an AppError that says so, or takes the others where the dialect does so.
   */
  readonly take: (parts: CollectorParts, exchange: Exchange) => Promise<Accepted>;
}

/** A form in which clients say what happened: its paths, its content types, its answers. */
export interface Dialect {
  readonly name: string;
  readonly routes: readonly DialectRoute[];
  /** How a request is answered: some dialects answer in the encoding that they were asked in. */
  readonly answersTo: (request: IncomingMessage) => Answers;
}
