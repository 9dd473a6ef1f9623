import { intakeError } from '../http/intake-error.ts';
import { SIGNALS, TRACES, type Signal } from '../intake/otlp/signals.ts';

/** What takes the message of a call, and how it answers. Throws COLLECTOR_NOT_FOUND: UNIMPLEMENTED, which exporters do not call again. */
export function methodOf(path: string): Signal['protobuf'] {
  const signal = SIGNALS.find(({ grpcMethod }) => grpcMethod === path);
  if (signal !== undefined) return signal.protobuf;
  throw intakeError('COLLECTOR_NOT_FOUND', `Nothing at ${path.slice(0, 255)}`, {
    remedy: `Call ${TRACES.grpcMethod}.`,
  });
}
