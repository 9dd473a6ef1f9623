import { AppError, isAppError, type ErrorOutcome } from '@burnline/core';
import type { Delivery, LogMessage } from '../event-log.ts';

/** What one thread asks of the log that another one holds. `consumer` numbers what `consume` gave. */
export interface LogRequest {
  readonly id: number;
  readonly method: string;
  readonly consumer: number | null;
  readonly parameters: readonly unknown[];
}

export type LogAnswer =
  { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: SentError };

export interface SentError {
  readonly message: string;
  /** Absent for what is no AppError. */
  readonly code?: string;
  readonly outcome?: ErrorOutcome;
  readonly remedy?: string | undefined;
  readonly details?: unknown;
}

/** Messages with their bytes one after another in one buffer, which is handed over and not copied. */
export interface PackedMessages {
  readonly bytes: ArrayBuffer;
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly offsets: Float64Array<ArrayBuffer>;
  readonly timestampsMs: Float64Array<ArrayBuffer>;
}

type MessagesDelivery = Extract<Delivery, { readonly kind: 'messages' }>;

export type PackedDelivery =
  | Exclude<Delivery, MessagesDelivery>
  | (Omit<MessagesDelivery, 'messages'> & { readonly messages: PackedMessages });

/** The packed ones, and what has to be handed over with them. */
export function packMessages(messages: readonly LogMessage[]): {
  readonly packed: PackedMessages;
  readonly transfer: readonly ArrayBuffer[];
} {
  const ends = new Uint32Array(messages.length);
  const offsets = new Float64Array(messages.length);
  const timestampsMs = new Float64Array(messages.length);
  const bytes = new Uint8Array(messages.reduce((sum, { value }) => sum + value.length, 0));
  let end = 0;
  for (const [index, { value, offset, timestampMs }] of messages.entries()) {
    bytes.set(value, end);
    end += value.length;
    ends[index] = end;
    offsets[index] = offset;
    timestampsMs[index] = timestampMs;
  }
  const packed = { bytes: bytes.buffer, ends, offsets, timestampsMs };
  return { packed, transfer: [bytes.buffer, ends.buffer, offsets.buffer, timestampsMs.buffer] };
}

export function unpackMessages({ bytes, ends, offsets, timestampsMs }: PackedMessages): LogMessage[] {
  const whole = new Uint8Array(bytes);
  return Array.from(ends, (end, index) => ({
    offset: offsets[index] ?? 0,
    timestampMs: timestampsMs[index] ?? 0,
    value: whole.subarray(ends[index - 1] ?? 0, end),
  }));
}

export function toSent(error: unknown): SentError {
  if (!isAppError(error))
    return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  const { message, code, outcome, remedy, details } = error;
  return { message, code, outcome, remedy, details: plainFacts(details) };
}

/** Facts for logs as JSON has them, so that they pass whatever they are; what JSON has no words for is left out as a whole. */
export function plainFacts(facts: object): object {
  try {
    return JSON.parse(JSON.stringify(facts)) as object;
  } catch {
    return {};
  }
}

export function fromSent({ message, code, outcome, remedy, details }: SentError): Error {
  if (code === undefined) return new Error(message);
  return new AppError(code, message, {
    ...(outcome === undefined ? {} : { outcome }),
    ...(remedy === undefined ? {} : { remedy }),
    details: details as AppError['details'],
  });
}
