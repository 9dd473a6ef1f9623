import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, setPriority, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Backtest as AskBacktest } from '@burnline/console';
import { AppError } from '@burnline/core';
import type { Backtest } from './run-backtest.ts';

const COMMAND = fileURLToPath(new URL('../../bin/burnline.js', import.meta.url));
/** Of what it prints, every decision with its evidence: specs that decide more often are to be mended first. */
const OUTPUT_BYTES_MAX = 64_000_000;
/** After a first signal it removes its database. */
const STOP_MS = 15_000;

type Question = Parameters<AskBacktest>[0];

/**
 * `burnline backtest` as a process of its own: what it computes and holds in memory is not the pipeline's, it goes behind it, and it can be
 * ended. Rejects as the command does, with BACKTEST_TOO_MANY_DECISIONS for an answer that is too long, and with the signal's reason.
 */
export async function backtestInProcess(
  dataDirectory: string,
  question: Question,
  signal: AbortSignal,
): ReturnType<AskBacktest> {
  const folder = await mkdtemp(path.join(tmpdir(), 'burnline-trial-'));
  try {
    for (const [index, { text }] of question.files.entries())
      await writeFile(path.join(folder, `${index}.yaml`), text);
    const text = await run(argumentsOf(folder, dataDirectory, question), signal);
    const answer = JSON.parse(text) as Backtest | { readonly error: CommandError };
    if ('error' in answer) throw errorOf(answer.error);
    return {
      fromMs: answer.fromMs,
      toMs: answer.toMs,
      tiers: answer.tiers,
      alerts: answer.alerts.map(alertOf),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function alertOf(alert: Backtest['alerts'][number]): Awaited<ReturnType<AskBacktest>>['alerts'][number] {
  const { slo, labels, tier, severity, urgency, firedAtMs, endedAtMs, toldAtMs } = alert;
  return { slo, labels, tier, severity, urgency, firedAtMs, endedAtMs, toldAtMs };
}

const argumentsOf = (folder: string, dataDirectory: string, { stream, fromMs, toMs }: Question): string[] => [
  ...['--json', 'backtest', '--specs', folder, '--data-dir', path.resolve(dataDirectory)],
  ...['--stream', stream, '--from', new Date(fromMs).toISOString(), '--to', new Date(toMs).toISOString()],
];

/** What it printed, its errors included; its exit code says no more than they do. */
function run(args: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(process.execPath, [COMMAND, ...args], {
      // The pipeline's own database is meant, whatever server the environment names.
      env: { ...process.env, CLICKHOUSE_URL: undefined },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    lowerPriority(child.pid);
    const chunks: Buffer[] = [];
    let size = 0;
    let killing: NodeJS.Timeout | undefined;
    const stop = (): void => {
      child.kill('SIGTERM');
      killing ??= setTimeout(() => child.kill('SIGKILL'), STOP_MS).unref();
    };
    signal.addEventListener('abort', stop, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > OUTPUT_BYTES_MAX) stop();
      else chunks.push(chunk);
    });
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(killing);
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(signal.reason as Error);
      else if (size > OUTPUT_BYTES_MAX) reject(tooManyDecisions());
      else resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

/** Where it may not be lowered it runs as others do. */
function lowerPriority(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It may be over already.
  }
}

interface CommandError {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
}

const errorOf = ({ code, message, remedy }: CommandError): AppError =>
  new AppError(code, message, { outcome: 'dead-letter', ...(remedy !== undefined && { remedy }) });

const tooManyDecisions = (): AppError =>
  new AppError('BACKTEST_TOO_MANY_DECISIONS', 'More was decided than a page can be told', {
    outcome: 'dead-letter',
    remedy: 'Group by less, lower the targets, or look at a shorter time.',
  });
