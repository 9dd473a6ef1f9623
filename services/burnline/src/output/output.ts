import type { IssueKind, SpecIssue } from '@burnline/specs';
import { isAppError } from '@burnline/core';
import pc from 'picocolors';
import { Interruption, exitCodeOf } from './exit-codes.ts';
import { issuesText } from './issues-text.ts';
import { startBar, startLines, type Progress, type ProgressTask } from './progress.ts';
import { wrapped } from './prose.ts';
import { shownLines } from './shown.ts';
import { tableText, type Cell, type TableContent } from './table.ts';

export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong';

export interface OutputOptions {
  readonly isJson: boolean;
  /** Whether standard error is a terminal: it may be one while the answer goes into a pipe, and the other way round. */
  readonly isErrorTerminal: boolean;
  readonly hasColors: boolean;
  readonly hasErrorColors: boolean;
  /** Whether the answer goes to a terminal; false if absent. */
  readonly isTerminal?: boolean;
  /** Columns of the terminal that shows the answer; unbounded if absent, as for a file or a pipe. */
  readonly columns?: number;
}

/** Silence for longer looks like a command that hangs. */
const SILENT_MS = 2_000;

/** Where a command's answer goes: text for people, JSON for programs. Colours only where a terminal shows them. */
export class Output {
  readonly isJson: boolean;
  readonly #options: OutputOptions;
  readonly #colors: ReturnType<typeof pc.createColors>;

  constructor(options: OutputOptions) {
    this.isJson = options.isJson;
    this.#options = options;
    this.#colors = pc.createColors(options.hasColors);
  }

  /** A line of the answer, for people; silent with `--json`. */
  line(text = ''): void {
    if (!this.isJson) process.stdout.write(`${text}\n`);
  }

  /** Lines of the answer that are sentences: broken between words where the terminal ends. */
  prose(text: string, tone?: Tone): void {
    const lines = wrapped(text, this.columns);
    this.line(tone === undefined ? lines : this.tone(tone, lines));
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

  /** A cell in a tone. */
  cell(tone: Tone, text: string): Cell {
    return { text, paint: (shown) => this.tone(tone, shown) };
  }

  /** Whether the answer goes to a terminal. */
  get isTerminal(): boolean {
    return this.#options.isTerminal === true;
  }

  /** How many columns there are for the answer. */
  get columns(): number {
    return this.#options.columns ?? Number.POSITIVE_INFINITY;
  }

  /** A table that fits into the columns; `optional`: columns that may be left out, the first one first. */
  table(
    head: readonly string[],
    rows: TableContent['rows'],
    { optional = [] }: Pick<TableContent, 'optional'> = {},
  ): void {
    if (!this.isJson) this.line(tableText({ head, rows, optional }, this.columns));
  }

  /** Shows how far the work is: a bar on a terminal, gone when the work ends, however it ends; a line now and then elsewhere. */
  async withProgress<T>(
    task: ProgressTask,
    work: (onProgress: Progress['update']) => Promise<T>,
  ): Promise<T> {
    if (this.isJson) return work(() => undefined);
    const bar = this.#options.isErrorTerminal ? startBar(task) : startLines(task);
    try {
      return await work(bar.update);
    } finally {
      bar.end();
    }
  }

  /** Says what is waited for where it takes longer than people take for a command that hangs. */
  async patiently<T>(what: string, work: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.note(`${what} ...`);
    }, SILENT_MS);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A remark that is no part of the answer, for people; silent with `--json`. */
  note(text: string): void {
    if (!this.isJson) process.stderr.write(`${shownLines(text)}\n`);
  }

  /** What is wrong or doubtful in specs, beside the answer; silent with `--json`. */
  issues(issues: readonly SpecIssue[], kind: IssueKind): void {
    if (this.isJson) return;
    const colors = pc.createColors(this.#options.hasErrorColors);
    const text = issuesText(issues, kind, kind === 'warning' ? colors.yellow : colors.red);
    process.stderr.write(`${text}\n`);
  }

  /** Says what went wrong and what to do; with `--json` the same as an object. Returns the exit code. */
  error(error: unknown): number {
    if (this.isJson) this.json({ error: errorFacts(error) });
    else if (error instanceof Interruption) process.stderr.write('stopped\n');
    else {
      const label = pc.createColors(this.#options.hasErrorColors).red('error:');
      process.stderr.write(`${label} ${shownLines(errorText(error))}\n`);
    }
    return exitCodeOf(error);
  }
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
