import {
  createBatchEncoder,
  encodeBatchFrames,
  loadPackageSchemas,
  streamTopicNames,
} from '@burnline/contracts';
import type { SourceReport } from '@burnline/core';

export const EVENT = { service: 'chat', model_requested: 'm', status: 'ok', duration_ms: 12 };
export const TOPICS = streamTopicNames('live');
export const schemas = loadPackageSchemas();

/** One source report, as a message. */
export function reportMessage(change: Partial<SourceReport> = {}): Uint8Array {
  const nowMicros = Date.now() * 1_000;
  const encoder = createBatchEncoder({ kind: 'report', schemas });
  encoder.append({
    instance: 'i',
    service: 'chat',
    environment: 'prod',
    interval_start: nowMicros - 10_000_000,
    interval_end: nowMicros,
    is_final: false,
    emitted_count: 10,
    acknowledged_count: 10,
    retried_count: 0,
    dropped_by_reason: {},
    ...change,
  });
  return encoder.finish();
}

export interface Frame {
  readonly topic: string;
  readonly value: Uint8Array;
  readonly partition?: number;
}

/** A body of /v1/batches. */
export function framesOf(...frames: readonly Frame[]): Buffer {
  return Buffer.from(encodeBatchFrames(frames.map((frame) => ({ partition: 0, ...frame }))));
}

export const BATCHES = { 'content-type': 'application/vnd.burnline.batches' };

export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly remedy: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

export async function errorOf(answer: Response): Promise<ErrorBody['error']> {
  return ((await answer.json()) as ErrorBody).error;
}
