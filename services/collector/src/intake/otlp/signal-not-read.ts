import type { AppError } from '@burnline/core';
import { intakeError } from '../../http/intake-error.ts';

/** A signal of which nothing is made, at a path; the variable keeps an exporter from sending it. */
export function signalNotRead(path: string, variable: string): AppError {
  return intakeError('COLLECTOR_SIGNAL_NOT_READ', `Nothing is made of ${path}: events come from spans`, {
    remedy: `Send traces alone: ${variable}=none, or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT in the place of the endpoint of all signals.`,
  });
}
