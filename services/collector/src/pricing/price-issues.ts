import { AppError, didYouMean } from '@burnline/core';

/** Where something stands in a document: keys and positions from its top. */
export type Path = readonly (string | number)[];

/** What is wrong at one place of a price file. */
interface PriceIssue {
  readonly path: Path;
  readonly expected: string;
  readonly found: string;
}

/** Told of one file; who mends these sees the others the next time. */
const ISSUES_MAX = 20;
const FOUND_CHARS_MAX = 60;

/** Collects what is wrong with a price file, so that all of it is said at once. */
export class PriceIssues {
  readonly #issues: PriceIssue[] = [];
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  add(path: Path, expected: string, found: unknown): void {
    this.#count += 1;
    if (this.#issues.length < ISSUES_MAX) this.#issues.push({ path, expected, found: shown(found) });
  }

  /** Tells keys that mean nothing here, with those that were meant perhaps. */
  refuseOthers(path: Path, given: object, known: readonly string[]): void {
    for (const key of Object.keys(given)) {
      if (known.includes(key)) continue;
      const hint = didYouMean(key, known);
      this.add(
        [...path, key],
        `one of ${known.join(', ')}${hint === undefined ? '' : ` (${hint})`}`,
        undefined,
      );
    }
  }

  /** `lineOf`: the line of a place, from 1; null where it is not known. */
  toError(file: string, lineOf: (path: Path) => number | null): AppError {
    const lines = this.#issues.map(({ path, expected, found }) => {
      const line = lineOf(path);
      const place = [...(line === null ? [] : [`line ${line}`]), pathText(path)].join(', ');
      return `${place}: expected ${expected}${found === '' ? '' : `, found ${found}`}`;
    });
    const others = this.#count - lines.length;
    if (others > 0) lines.push(`and ${others} more`);
    return pricesInvalid(`${file} cannot be used for prices:\n  ${lines.join('\n  ')}`, {
      issues: this.#issues.map(({ path, ...rest }) => ({
        ...rest,
        path: pathText(path),
        line: lineOf(path),
      })),
    });
  }
}

export function pricesInvalid(
  message: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): AppError {
  return new AppError('COLLECTOR_PRICES_INVALID', message, {
    remedy:
      "Correct the file that BURNLINE_PRICES_FILE names: docs/intake.md shows what stands in it. LiteLLM's price file is taken as it is.",
    details,
    cause,
  });
}

function pathText(path: Path): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text === '' ? 'the file' : text.replace(/^\./, '');
}

function shown(value: unknown): string {
  if (value === undefined) return '';
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  const text = typeof value === 'object' ? 'a map' : JSON.stringify(value);
  return text.length > FOUND_CHARS_MAX ? `${text.slice(0, FOUND_CHARS_MAX)}...` : text;
}
