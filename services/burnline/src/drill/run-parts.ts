import { spawnSync } from 'node:child_process';
import { systemClock } from '@burnline/runtime';
import type { DrillPart } from './parts-file.ts';
import { COMMAND_TIMEOUT_MS, runCommand, type CommandResult } from './run-command.ts';

export interface PartResult {
  readonly name: string;
  /** Null: the drill ended before it was due. */
  readonly stop: CommandResult | null;
  readonly resume: CommandResult | null;
}

/**
 * Stops parts and resumes them, each once. What was stopped, or was about to be, is resumed whatever happens: at its time,
 * when the signal aborts, and, should the process be ended by a second Ctrl+C, on its way out.
 */
export class PartRunner {
  readonly #parts: readonly DrillPart[];
  readonly #say: (text: string) => void;
  readonly #results: Promise<PartResult>[] = [];
  readonly #stopped = new Set<DrillPart>();
  readonly #onExit = (): void => {
    for (const { resume } of this.#stopped)
      spawnSync('/bin/sh', ['-c', resume], { stdio: 'ignore', timeout: COMMAND_TIMEOUT_MS });
  };

  constructor(parts: readonly DrillPart[], say: (text: string) => void) {
    this.#parts = parts;
    this.#say = say;
  }

  start(signal: AbortSignal): void {
    process.on('exit', this.#onExit);
    for (const part of this.#parts) this.#results.push(this.#run(part, signal));
  }

  /** Resolves once every part has been resumed. */
  async finished(): Promise<readonly PartResult[]> {
    const results = await Promise.all(this.#results);
    process.off('exit', this.#onExit);
    return results;
  }

  async #run(part: DrillPart, signal: AbortSignal): Promise<PartResult> {
    const { name } = part;
    await systemClock.sleep(part.atS * 1_000, signal);
    if (signal.aborted) return { name, stop: null, resume: null };
    this.#stopped.add(part);
    this.#say(`${name}: ${part.stop}`);
    const stop = await runCommand(part.stop);
    await systemClock.sleep(part.forS * 1_000, signal);
    this.#say(`${name}: ${part.resume}`);
    const resume = await runCommand(part.resume);
    this.#stopped.delete(part);
    return { name, stop, resume };
  }
}
