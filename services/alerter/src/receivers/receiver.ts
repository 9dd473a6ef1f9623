import type { DecisionRecord } from '@burnline/contracts';
import type { ServiceChange } from '@burnline/queries';
import type { Config, Variables } from '@burnline/runtime';
import type { Link, Notice } from './notice.ts';

/** One request of a receiver's API: a POST of JSON, unless the receiver delivers otherwise. */
export interface ReceiverRequest {
  readonly url: string;
  /** E.g. authorization; never logged. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What a repeat of it is known by; sent as `Idempotency-Key`. */
  readonly key: string;
  readonly body: object;
  /** Headers that vouch for the body as it is sent, `text`, at an instant, epoch ms. Each attempt is signed anew. */
  readonly sign?: (text: string, nowMs: number) => Readonly<Record<string, string>>;
}

/** What a receiver made of one attempt. */
export interface Answer {
  /** HTTP status, or what the receiver's protocol has in its place; 0 without one, and then it may have taken it nevertheless. */
  readonly statusCode: number;
  /** Why there is none, or what it was. */
  readonly error: string;
  /** How long it asks to be left alone, ms; null: it does not say. */
  readonly retryAfterMs: number | null;
}

/** Hands a request over once. Rejects only when the signal aborts: then it is not known whether it was taken. */
export type Deliver = (
  request: ReceiverRequest,
  attempt: { readonly signal: AbortSignal; readonly timeoutMs: number },
) => Promise<Answer>;

/**
 * What an answer says. `taken`: the receiver knows it now. `again`: it may pass by itself. `refused`: it will not pass before
 * somebody mends something; history is then given up, and a page of the present is tried on nevertheless.
 */
export type Verdict = 'taken' | 'again' | 'refused';

/** How what stands stays in mind. */
export type Standing =
  /** Nothing is kept there: people are told again every few hours. */
  | { readonly kind: 'told-again' }
  /** It keeps alerts, and reminds people of them, until it hears of their end. */
  | { readonly kind: 'kept' }
  /** It keeps alerts, and calls resolved what it hears no more of: what stands is posted again every minute. */
  | {
      readonly kind: 'posted-again';
      /** Takes what it was told of, now or in an earlier run, in the order of the log. */
      settle(decision: DecisionRecord): void;
      /** Requests that together say all that stands; none if nothing does. */
      posts(nowMs: number): readonly ReceiverRequest[];
    };

/** A receiver as long as this process tells it: it may remember what it was told. */
export interface Voice {
  readonly standing: Standing;
  /** The request that tells of these; one, or as many as `bundling` allows. */
  requestFor(notices: readonly Notice[], nowMs: number): ReceiverRequest;
}

/** A change of a service, to be told once. */
export interface ToldChange extends ServiceChange {
  /** What a repeat of it is known by. */
  readonly key: string;
  readonly stream: string;
  /** Where the console shows it. */
  readonly page?: Link;
}

/** How a receiver hears of changes of services: beside alerts, and waking nobody. */
export interface ChangeHearer {
  /** Services whose changes it hears of; empty: all. */
  readonly services: readonly string[];
  requestFor(change: ToldChange): ReceiverRequest;
}

/** Where notifications go. */
export interface Receiver {
  /** What rows, positions, metrics and log lines call it. */
  readonly name: string;
  /** It hears of those alerts alone whose routes name it. */
  readonly isRoutedOnly?: boolean;
  /** Programs listen there: a policy may have it called. */
  readonly isWebhook?: true;
  /** Absent: it hears of no changes. */
  readonly changes?: ChangeHearer;
  /**
   * What one request tells. `each`: one alert. `storm`: one, or those of one SLO that go bad together. `batch`: whatever waits,
   * one request at a time.
   */
  readonly bundling: 'each' | 'storm' | 'batch';
  /** Alerts that one request tells of at most. */
  readonly bundleLengthMax: number;
  readonly verdictOf: (statusCode: number) => Verdict;
  /** How requests reach it, where they are not posted by HTTP. */
  readonly deliver?: Deliver;
  readonly begin: () => Voice;
}

/** Receivers of one API: which variables name them, and how those are read. */
interface TypedKind<V extends Variables> {
  readonly name: string;
  readonly variables: V;
  /** Throws RECEIVER_INVALID, whose message shows no value: it often is a secret. */
  readonly read: (config: Config<V>) => readonly Receiver[];
}

export type ReceiverKind = TypedKind<Variables>;

/** A kind whose reading knows the types of its own variables. */
export function receiverKind<V extends Variables>(kind: TypedKind<V>): ReceiverKind {
  return { ...kind, read: (config) => kind.read(config as Config<V>) };
}
