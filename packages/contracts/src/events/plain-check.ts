import { isUtf8 } from 'node:buffer';
import type { StreamRecordKind } from '@burnline/core';
import type { BatchLayout } from './batch-layout.ts';
import { recordFaults } from './check-records.ts';
import { compileStep } from './datum-walk.ts';
import { recordInvalid, type IntakeIssue } from './intake-issues.ts';
import type { AvroComplexJson } from './schema-source.ts';

/** Names for messages. */
const RECORD_NAMES: Readonly<Record<StreamRecordKind, string>> = {
  inference: 'inference event',
  verdict: 'verdict',
  report: 'source report',
  mark: 'mark',
};

/** Of a key in a path: a longer one is cut, since an answer repeats it. */
const PATH_KEY_CHARS_MAX = 80;

/**
 * Compiles a check of the texts of a message that was walked and found whole. It finds what decoding would pass over in
 * silence: bytes that are no UTF-8 (a program reads U+FFFD, the database keeps them), and a key that a map has twice (a
 * program keeps the last one, the database both).
 */
export function compileTextCheck(
  schema: AvroComplexJson,
): (message: Uint8Array, layout: BatchLayout) => readonly IntakeIssue[] {
  const path: string[] = [];
  const maps: Set<string>[] = [];
  let issues: IntakeIssue[] = [];
  const fault = (expected: string, found: string): void => {
    issues.push({ path: path.join('.'), expected, found });
  };
  const step = compileStep(schema, {
    enter: (name) => path.push(name),
    leave: () => path.pop(),
    text: (bytes, start, end) => {
      let bits = 0;
      for (let at = start; at < end; at += 1) bits |= bytes[at] ?? 0;
      if (bits >= 0x80 && !isUtf8(bytes.subarray(start, end))) fault('UTF-8', 'bytes that are not');
    },
    openMap: () => maps.push(new Set()),
    key: (bytes, start, end) => {
      // One character a byte: the same text for the same bytes, whatever they are.
      const key = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
      const keys = maps.at(-1);
      path.push(key.slice(0, PATH_KEY_CHARS_MAX));
      if (keys?.has(key) === true) fault('each key once', 'the same key again');
      if (key === '__proto__') fault('another key; this one means something else to programs', 'it');
      path.pop();
      keys?.add(key);
    },
    closeMap: () => maps.pop(),
  });
  return (message, { starts }) => {
    issues = [];
    starts.forEach((start, index) => {
      path.splice(0, path.length, `[${index}]`);
      step({ bytes: message, position: start });
    });
    return issues;
  };
}

/** Throws CONTRACT_EVENT_INVALID for a batch with records that may not enter the log; `issues` are what its texts have. */
export function refuseFaults(
  kind: StreamRecordKind,
  records: readonly unknown[],
  issues: readonly IntakeIssue[],
): void {
  const faults =
    kind === 'inference' || kind === 'verdict'
      ? records.flatMap((record, index) =>
          recordFaults(kind, record).map((issue) => ({ ...issue, path: `[${index}].${issue.path}` })),
        )
      : [];
  if (issues.length + faults.length > 0) throw recordInvalid(RECORD_NAMES[kind], [...issues, ...faults]);
}
