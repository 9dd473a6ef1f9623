import { inspectBatch, uuidFromBytes, type SchemaSource } from '@burnline/contracts';
import { hexdump } from '../dead-letters/hexdump.ts';
import type { Letter } from '../dead-letters/letter-table.ts';
import type { PlannedReplay, RefusedReplay, ReplayPlan } from '../dead-letters/plan-replay.ts';
import { positionText } from '../dead-letters/position.ts';
import type { ReplayResult } from '../dead-letters/replay-dead-letters.ts';
import { counted, formatCount, formatInstant } from './format.ts';
import type { Output } from './output.ts';

/** Bytes that a letter shows of itself: framing, counts and the first record's first fields. */
const DUMPED_BYTES = 256;
/** Characters of a reason in a table. */
const REASON_LENGTH = 60;

export function printLetters(letters: readonly Letter[], output: Output): void {
  if (letters.length === 0) {
    output.line('no dead letters');
    return;
  }
  output.table(
    ['position', 'time (UTC)', 'bytes', 'state', 'sent', 'code', 'reason'],
    letters.map((letter) => [
      positionText(letter),
      formatInstant(letter.log_time_ms),
      formatCount(letter.value_bytes),
      letter.state,
      String(letter.attempts),
      letter.code,
      shortened(letter.reason),
    ]),
  );
}

/** Everything about one letter. */
export function printLetter(
  letter: Letter,
  { value, schemas }: { readonly value: Uint8Array; readonly schemas: SchemaSource },
  output: Output,
): void {
  const inspection = inspectBatch(value, schemas);
  const records = inspection.records.map(plain);
  const bytes = hexdump(value.subarray(0, DUMPED_BYTES));
  output.json({
    position: positionText(letter),
    ...letter,
    inspection: { ...inspection, records },
    hexdump: bytes,
  });
  const replayed = letter.replayed_to === null ? '' : `, sent to offset ${letter.replayed_to}`;
  const facts: readonly (readonly [string, string])[] = [
    ['position', positionText(letter)],
    ['time', `${formatInstant(letter.log_time_ms)} UTC`],
    ['code', letter.code],
    ['reason', letter.reason],
    ['state', `${letter.state}${replayed}; its content was sent ${counted(letter.attempts, 'time')}`],
    ['checksum', `SHA-256 ${letter.checksum}`],
    ['schema', schemaText(inspection)],
    ['readable', readableText(inspection, value.length)],
  ];
  for (const [name, text] of facts) output.line(`${name.padEnd(10)}${text}`);
  output.line();
  for (const line of bytes) output.line(line);
  if (value.length > DUMPED_BYTES) output.line(`... ${formatCount(value.length - DUMPED_BYTES)} bytes more`);
  for (const record of records) output.line(`\n${JSON.stringify(record)}`);
}

function schemaText({ schemaId, kind }: ReturnType<typeof inspectBatch>): string {
  if (schemaId === null) return 'no framing';
  return `${schemaId}, ${kind ?? 'not known here'}`;
}

function readableText(inspection: ReturnType<typeof inspectBatch>, bytes: number): string {
  const { records, readBytes, fault } = inspection;
  if (fault === null) return `yes, ${counted(records.length, 'record')}`;
  return `${counted(records.length, 'record')}, then at byte ${readBytes} of ${bytes}: ${fault}`;
}

export function printPlan({ planned, refused }: ReplayPlan, output: Output): void {
  output.json({ dryRun: true, planned: planned.map(plannedFacts), refused: refused.map(refusedFacts) });
  for (const one of planned) {
    const does = one.way === 'append' ? 'would be sent' : 'its rows would be written';
    output.line(`${positionText(one.letter)}  ${does}, attempt ${one.attempt} (${one.letter.code})`);
  }
  printRefused(refused, output);
  output.line(
    planned.length === 0
      ? 'nothing to send'
      : `${counted(planned.length, 'letter')} to send: add --yes to do it`,
  );
}

export function printResult({ sent, refused }: ReplayResult, output: Output): void {
  output.json({
    dryRun: false,
    sent: sent.map((one) => ({ ...plannedFacts(one), toOffset: one.toOffset })),
    refused: refused.map(refusedFacts),
  });
  for (const { letter, way, attempt, toOffset } of sent) {
    const did = way === 'append' ? `sent to offset ${toOffset}` : 'its rows are written';
    output.line(`${positionText(letter)}  ${did}, attempt ${attempt}`);
  }
  printRefused(refused, output);
  output.line(`${counted(sent.length, 'letter')} sent; what is read of them shows once the pipeline runs`);
}

function printRefused(refused: readonly RefusedReplay[], output: Output): void {
  for (const { letter, why } of refused) output.line(`${positionText(letter)}  refused: ${why}`);
}

function plannedFacts({ letter, way, attempt }: PlannedReplay): object {
  return { position: positionText(letter), code: letter.code, checksum: letter.checksum, way, attempt };
}

function refusedFacts({ letter, why }: RefusedReplay): object {
  return { position: positionText(letter), code: letter.code, checksum: letter.checksum, why };
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= REASON_LENGTH ? line : `${line.slice(0, REASON_LENGTH - 3)}...`;
}

const UUID_BYTES = 16;

/** A record as JSON can carry it: ids as UUIDs, other bytes in hexadecimal. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array)
    return value.length === UUID_BYTES ? uuidFromBytes(value) : Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}
