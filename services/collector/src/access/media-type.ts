import type { IncomingMessage } from 'node:http';
import { intakeError } from '../http/intake-error.ts';

/** One JSON value, or one per line: the body itself shows which. */
const JSON_TYPES: ReadonlySet<string> = new Set([
  'application/json',
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonl',
  'application/jsonlines',
  'application/x-jsonlines',
]);

/**
 * Asks for a content type of JSON. A form of any web page can send what `curl -d` sends by default; it cannot send this.
 * Throws COLLECTOR_MEDIA_TYPE_REFUSED, which says how.
 */
export function checkJsonType(request: IncomingMessage): void {
  const [type, charset] = typeOf(request);
  if (!JSON_TYPES.has(type)) {
    throw refused(
      type,
      "Send the header `content-type: application/json` (curl: -H 'content-type: application/json'), or application/x-ndjson for one event per line.",
    );
  }
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
    throw refused(`${type} in ${charset}`, 'Send JSON in UTF-8.');
}

/** Throws COLLECTOR_MEDIA_TYPE_REFUSED. */
export function checkType(request: IncomingMessage, expected: string): void {
  checkTypes(request, [expected]);
}

/** Asks for one of these. Throws COLLECTOR_MEDIA_TYPE_REFUSED. */
export function checkTypes(request: IncomingMessage, expected: readonly string[]): void {
  const type = mediaTypeOf(request);
  if (!expected.includes(type))
    throw refused(type, `Send the header \`content-type: ${expected.join('` or `')}\`.`);
}

/** What the body is said to be, in lower case and without parameters. */
export function mediaTypeOf(request: IncomingMessage): string {
  return typeOf(request)[0];
}

function typeOf(request: IncomingMessage): readonly [string, string | undefined] {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(parameter)?.[1])
    .find((name) => name !== undefined);
  return [type.trim(), charset];
}

function refused(found: string, remedy: string): Error {
  const message =
    found === ''
      ? 'The request does not say what its body is'
      : `The body is said to be ${found.slice(0, 128)}`;
  return intakeError('COLLECTOR_MEDIA_TYPE_REFUSED', message, { remedy });
}
