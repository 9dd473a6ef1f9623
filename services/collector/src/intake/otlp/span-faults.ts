import { recordFault } from '../../records/record-fault.ts';
import type { Span } from './span.ts';

const HEX_32 = /^(?!0{32})[0-9a-f]{32}$/;
const HEX_16 = /^(?!0{16})[0-9a-f]{16}$/;

export const isTraceId = (hex: string): boolean => HEX_32.test(hex);
export const isSpanId = (hex: string): boolean => HEX_16.test(hex);

/**
 * A span whose ids and times can be those of one. Logs and metrics that are posted as traces read as spans without them.
 * Throws a record's fault.
 */
export function checkedSpan(span: Span): Span {
  const wrong = [
    ...(isTraceId(span.traceId) ? [] : [['traceId', '16 bytes, not all zero']]),
    ...(isSpanId(span.spanId) ? [] : [['spanId', '8 bytes, not all zero']]),
    ...(span.startNanos > 0n ? [] : [['startTimeUnixNano', 'epoch nanoseconds']]),
    ...(span.endNanos >= span.startNanos ? [] : [['endTimeUnixNano', 'a time not before the start']]),
  ];
  if (wrong.length === 0) return span;
  throw recordFault(
    wrong.map(([path = '', expected = '']) => ({
      path,
      code: 'invalid_value',
      expected,
      found: 'another value',
    })),
  );
}
