import { createBatchDecoder, loadPackageSchemas } from '@burnline/contracts';
import type { DecodedBatch } from '@burnline/contracts';
import type { PublisherTransport, TransportBatch } from '../transport.ts';

/** What the network does with one send: take it, take it late, refuse it (at once or late), or never answer. */
export interface NetworkAnswer {
  readonly afterMs?: number;
  readonly error?: unknown;
  readonly isSilent?: boolean;
}

interface Delivered {
  readonly topic: string;
  readonly partition: number;
  readonly batch: DecodedBatch;
  readonly bytes: number;
}

export interface ScriptedTransport extends PublisherTransport {
  /** Every send, also those that failed, with the time by Date.now(). */
  readonly calls: readonly { readonly atMs: number; readonly batches: readonly TransportBatch[] }[];
  /** What the other side has: messages of sends that were taken, in order. */
  readonly delivered: readonly Delivered[];
}

/** The far side of the network in tests: answers by a script, keeps and decodes what it takes. */
export function scriptedTransport(
  answer: (call: number, batches: readonly TransportBatch[]) => NetworkAnswer = () => ({}),
): ScriptedTransport {
  const decoder = createBatchDecoder(loadPackageSchemas());
  const calls: { atMs: number; batches: readonly TransportBatch[] }[] = [];
  const delivered: Delivered[] = [];
  return {
    calls,
    delivered,
    send: async (batches) => {
      calls.push({ atMs: Date.now(), batches });
      const { afterMs, error, isSilent } = answer(calls.length - 1, batches);
      if (isSilent === true) await new Promise<never>(() => undefined);
      if (afterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, afterMs));
      if (error !== undefined) throw asError(error);
      for (const { topic, partition, messages } of batches) {
        for (const { value } of messages) {
          delivered.push({ topic, partition, batch: decoder.decodeBatch(value), bytes: value.length });
        }
      }
    },
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
