import type { IncomingMessage } from 'node:http';
import type { Turns } from '../http/turns.ts';

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

/** What is answered with 200, as JSON. */
export interface Accepted {
  /** Records that are durable. */
  readonly accepted: number;
  /** How many partitions the stream has: a publisher that knows cuts its messages for them. */
  readonly partitions?: number;
  /** The ids under which they are, in the order of the request. */
  readonly ids?: readonly string[];
}
