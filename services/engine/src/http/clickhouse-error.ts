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

/** The label is missing where a NUL byte in the query cut the message short. */
const ENGINE_MESSAGE = /^Code: (\d+)\. DB::Exception: (.*?)(?:[.\s]*\(([A-Z0-9_]+)\)\s*)?$/s;
/** The engine wraps some errors once or twice more; the innermost one is the server's text. */
const NESTED_VERSION = /\s*\(version [^)]*\)$/;
/** The analyst's statement is rendered by a query of ours, which the engine names as the scope of a syntax error. */
const OWN_SCOPE = /: In scope SELECT formatQuerySingleLine\(.*$/s;

const UNKNOWN = 'UNKNOWN_EXCEPTION';

/** Turns what the engine threw into the server's error. Unknown shapes become 1002 (UNKNOWN_EXCEPTION). */
export function fromEngine(error: unknown): ClickHouseError {
  if (error instanceof ClickHouseError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const parts = parseMessage(text);
  if (parts === undefined) return new ClickHouseError(1002, UNKNOWN, text);
  return new ClickHouseError(parts.code, parts.label, parts.message.replace(OWN_SCOPE, ''));
}

function parseMessage(text: string): { code: number; label: string; message: string } | undefined {
  const match = ENGINE_MESSAGE.exec(text);
  if (match === null) return undefined;
  const [, code = '', message = '', label = UNKNOWN] = match;
  const outer = { code: Number(code), message, label };
  const inner = parseMessage(message.replace(NESTED_VERSION, ''));
  return inner?.code === outer.code ? inner : outer;
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
