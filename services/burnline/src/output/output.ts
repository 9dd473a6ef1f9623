import { isAppError } from '@burnline/core';
import Table from 'cli-table3';
import cliProgress from 'cli-progress';
import pc from 'picocolors';

/** Exit codes that scripts can rely on. */
export const EXIT = {
  ok: 0,
  /** Something failed: the pipeline halted, a file could not be read, a port was taken. */
  failed: 1,
  /** The input is wrong: arguments, specs or mappings. */
  invalid: 2,
  /** The command did its work, and its answer is no: figures differ, a budget is breached. */
  no: 3,
} as const;

export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong';

/** No lines: wide tables stay readable, and `grep` and `awk` work on them. */
const BORDERLESS = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((name) => [name, '']),
);

/** Where a command's answer goes: text for people, JSON for programs. Colours only where a terminal shows them. */
export class Output {
  readonly isJson: boolean;
  readonly #colors: ReturnType<typeof pc.createColors>;
  readonly #isTerminal: boolean;

  constructor(options: { readonly isJson: boolean; readonly isTerminal: boolean }) {
    this.isJson = options.isJson;
    this.#isTerminal = options.isTerminal;
    this.#colors = pc.createColors(options.isTerminal && pc.isColorSupported);
  }

  /** A line of the answer, for people; silent with `--json`. */
  line(text = ''): void {
    if (!this.isJson) process.stdout.write(`${text}\n`);
  }

  /** The whole answer, for programs; silent without `--json`. */
  json(value: unknown): void {
    if (this.isJson) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  tone(tone: Tone, text: string): string {
    const paint = {
      good: this.#colors.green,
      bad: this.#colors.red,
      warn: this.#colors.yellow,
      dim: this.#colors.dim,
      strong: this.#colors.bold,
    };
    return paint[tone](text);
  }

  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    if (this.isJson) return;
    const table = new Table({
      head: [...head],
      chars: BORDERLESS,
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 1 },
    });
    table.push(...rows.map((row) => [...row]));
    this.line(table.toString());
  }

  /** A bar on a terminal, a line at the start and the end elsewhere. On standard error: it is no part of the answer. */
  progress(title: string, total: number): Progress {
    if (this.isJson) return { update: () => undefined, done: () => undefined };
    if (!this.#isTerminal) return plainProgress(title);
    const bar = new cliProgress.SingleBar({
      format: `${title} {bar} {percentage} % | {value} of {total} | {eta_formatted} left`,
      hideCursor: true,
      clearOnComplete: true,
      stream: process.stderr,
    });
    bar.start(total, 0);
    return {
      update: (value) => {
        bar.update(Math.min(value, total));
      },
      done: () => {
        bar.stop();
      },
    };
  }

  /** Says what went wrong and what to do; with `--json` the same as an object. Returns the exit code. */
  error(error: unknown): number {
    if (this.isJson) process.stdout.write(`${JSON.stringify({ error: errorFacts(error) }, null, 2)}\n`);
    else process.stderr.write(`${this.tone('bad', 'error:')} ${errorText(error)}\n`);
    return EXIT.failed;
  }
}

export interface Progress {
  update(value: number): void;
  done(): void;
}

function plainProgress(title: string): Progress {
  process.stderr.write(`${title} ...\n`);
  return { update: () => undefined, done: () => undefined };
}

function errorFacts(error: unknown): object {
  if (isAppError(error)) {
    const { code, message, remedy, details } = error;
    return { code, message, remedy, details };
  }
  return { code: 'UNEXPECTED', message: error instanceof Error ? error.message : String(error) };
}

function errorText(error: unknown): string {
  if (isAppError(error)) {
    const remedy = error.remedy === undefined ? '' : `\n  ${error.remedy}`;
    return `${error.message}${remedy}\n  (${error.code})`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
