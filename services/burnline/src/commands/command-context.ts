import type { Command } from 'commander';
import type { Output } from '../output/output.ts';

/** What every command is given. */
export interface CommandContext {
  readonly program: Command;
  /** Runs a command's work; its number is the exit code. Errors are reported, never thrown on. */
  run(work: (output: Output) => Promise<number>): Promise<void>;
}
