import { isAppError } from '@burnline/core';
import Table from 'cli-table3';
import pc from 'picocolors';
import { Interruption, exitCodeOf } from './exit-codes.ts';
import { startBar, type Progress, type ProgressTask } from './progress.ts';

export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong';

/** No lines: wide tables stay readable, and `grep` and `awk` work on them. */
const BORDERLESS = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((name) => [name, '']),
);

export interface OutputOptions {
  readonly isJson: boolean;
  /** Whether standard error is a terminal: it may be one while the answer goes into a pipe, and the other way round. */
  readonly isErrorTerminal: boolean;
  readonly hasColors: boolean;
  readonly hasErrorColors: boolean;
}

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

  /** Shows how far the work is: a bar on a terminal, a line at the start elsewhere. Gone when the work ends, however it ends. */
  async withProgress<T>(
    task: ProgressTask,
    work: (onProgress: Progress['update']) => Promise<T>,
  ): Promise<T> {
    const isBar = !this.isJson && this.#options.isErrorTerminal;
    if (!this.isJson && !isBar) process.stderr.write(`${task.title} ...\n`);
    if (!isBar) return work(() => undefined);
    const bar = startBar(task);
    try {
      return await work(bar.update);
    } finally {
      bar.end();
    }
  }

  /** A remark that is no part of the answer, for people; silent with `--json`. */
  note(text: string): void {
    if (!this.isJson) process.stderr.write(`${text}\n`);
  }

  /** Says what went wrong and what to do; with `--json` the same as an object. Returns the exit code. */
  error(error: unknown): number {
    if (this.isJson) this.json({ error: errorFacts(error) });
    else if (error instanceof Interruption) process.stderr.write('stopped\n');
    else {
      const label = pc.createColors(this.#options.hasErrorColors).red('error:');
      process.stderr.write(`${label} ${errorText(error)}\n`);
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
