import { recordFault, type RecordIssue } from '../../records/record-fault.ts';
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
  const wrong: RecordIssue[] = [];
  const refuse = (path: string, expected: string): void => {
    wrong.push({ path, code: 'invalid_value', expected, found: 'another value' });
  };
  if (!isTraceId(span.traceId)) refuse('traceId', '16 bytes, not all zero');
  if (!isSpanId(span.spanId)) refuse('spanId', '8 bytes, not all zero');
  if (span.startNanos <= 0n) refuse('startTimeUnixNano', 'epoch nanoseconds');
  if (span.endNanos < span.startNanos) refuse('endTimeUnixNano', 'a time not before the start');
  // Else a call that failed would pass for one that did not.
  if (Number.isNaN(span.statusCode)) refuse('status.code', '0, 1 or 2');
  if (wrong.length > 0) throw recordFault(wrong);
  return span;
}
