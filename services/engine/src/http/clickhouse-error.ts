/** An error as ClickHouse sends it. `code` and `label` are ClickHouse's own. */
export class ClickHouseError extends Error {
  readonly code: number;
  readonly label: string;

  constructor(code: number, label: string, message: string) {
    super(message);
    this.name = 'ClickHouseError';
    this.code = code;
    this.label = label;
  }
}

const ENGINE_MESSAGE = /^Code: (\d+)\. DB::Exception: /;
/** The label is missing where a NUL byte in the query cut the message short. */
const LABEL = /\(([A-Z0-9_]+)\)\s*$/;
/** The engine wraps some errors once or twice more; the innermost one is the server's text. */
const NESTED_VERSION = /\(version [^)]*\)$/;
/** Longer than any label or version. A message quotes its query: a search through all of it could take minutes. */
const TAIL_CHARACTERS = 200;
/** The analyst's statement is rendered by a query of ours, which the engine names as the scope of a syntax error. */
const OWN_SCOPE = /: In scope SELECT formatQuerySingleLine\(.*$/s;

const UNKNOWN = 'UNKNOWN_EXCEPTION';

/** How a full disk, or a full quota, shows in the errors of Node and, with these codes of files and disks, of the engine. */
const FULL = /no space left on device|disk quota exceeded|not enough space|\bENOSPC\b|\bEDQUOT\b/i;
const DISK_CODES: ReadonlySet<number> = new Set([75, 76, 84, 243, 400, 424, 425, 481, 1000, 1001]);

/** Turns what the engine threw into the server's error. Unknown shapes become 1002 (UNKNOWN_EXCEPTION). */
export function fromEngine(error: unknown): ClickHouseError {
  if (error instanceof ClickHouseError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const parts = parseMessage(text);
  if (FULL.test(text) && (parts === undefined || DISK_CODES.has(parts.code))) return fullError(text);
  if (parts === undefined) return new ClickHouseError(1002, UNKNOWN, text);
  return new ClickHouseError(parts.code, parts.label, parts.message.replace(OWN_SCOPE, ''));
}

/** Whatever a full disk made the engine say has one code, so that a writer knows what to wait for. */
function fullError(text: string): ClickHouseError {
  return new ClickHouseError(
    243,
    'NOT_ENOUGH_SPACE',
    `The disk of the data directory is full. Free space on it; nothing that was acknowledged is lost (${text.slice(0, 500)})`,
  );
}

/** `depthMax`: a query may write such a text itself, as deep as it likes. */
function parseMessage(
  text: string,
  depthMax = 4,
): { code: number; label: string; message: string } | undefined {
  const match = ENGINE_MESSAGE.exec(text);
  if (match === null || depthMax === 0) return undefined;
  const code = Number(match[1]);
  const labelled = cutEnd(text.slice(match[0].length), LABEL);
  const message = labelled.rest;
  const inner = parseMessage(cutEnd(message, NESTED_VERSION).rest.trimEnd(), depthMax - 1);
  return inner?.code === code ? inner : { code, message, label: labelled.found?.[1] ?? UNKNOWN };
}

/** Takes an end of this form off a text, and dots and blanks before it. */
function cutEnd(
  text: string,
  end: RegExp,
): { readonly found: RegExpExecArray | null; readonly rest: string } {
  const tailStart = Math.max(0, text.length - TAIL_CHARACTERS);
  const found = end.exec(text.slice(tailStart));
  let length = found === null ? text.length : tailStart + found.index;
  while (found !== null && /[.\s]/.test(text.charAt(length - 1))) length -= 1;
  return { found, rest: text.slice(0, length) };
}

/** The body of an error response. */
export function errorBody(error: ClickHouseError, version: string): string {
  return `Code: ${error.code}. DB::Exception: ${error.message}. (${error.label}) (version ${version})\n`;
}

/** The server's table of HTTP statuses and error codes (exceptionCodeToHTTPStatus.cpp); every other error is a 500. */
const HTTP_STATUSES: readonly (readonly [status: number, codes: readonly number[]])[] = [
  [
    400,
    [
      6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675,
      676,
    ],
  ],
  [401, [194]],
  [403, [192, 193, 497, 512, 516]],
  [404, [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511]],
  [408, [159]],
  [411, [381]],
  [413, [229]],
  [415, [779]],
  [501, [48]],
  [503, [76, 209, 439]],
];
const STATUS_BY_CODE: ReadonlyMap<number, number> = new Map(
  HTTP_STATUSES.flatMap(([status, codes]) => codes.map((code) => [code, status] as const)),
);

export function httpStatus(code: number): number {
  return STATUS_BY_CODE.get(code) ?? 500;
}
