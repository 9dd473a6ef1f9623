import { DAY_MS } from '@burnline/core';
import { countRawRows } from '@burnline/queries';
import { loadSpecs } from '@burnline/specs';
import { z } from 'zod';
import { consoleError } from '../../console-error.ts';
import type { BacktestFound, ConsoleParts } from '../../console-parts.ts';
import { backtestRequest, type BacktestAnswer } from '../contract/index.ts';
import { aboutOf, oneStream } from '../reading/about.ts';
import { stretchOf } from '../reading/time-range.ts';

const LENGTH_MAX_MS = 7 * DAY_MS;
const SLOS_MAX = 20;
/** Every SLO looks through every raw row: some 5 CPU s for each million of both. */
const ROWS_MAX = 3_000_000;
/** Judging costs by minutes and series, which nobody knows before. */
const TIME_LIMIT_MS = 90_000;
const ALERTS_MAX = 200;

const COMMAND = 'Use `burnline backtest`, which has no such limit.';

type Request = z.infer<typeof backtestRequest>;

/** Judges a history by documents, one question at a time. */
export class Backtests {
  readonly #parts: ConsoleParts;
  #isRunning = false;

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
  }

  /**
   * Which alerts documents would have fired. Rejects with CONSOLE_BACKTESTS_NOTHING, CONSOLE_BODY_INVALID, CONSOLE_PARAMETER_INVALID,
   * CONSOLE_NOT_FOUND, CONSOLE_TOO_COSTLY, CONSOLE_TOO_SLOW or CONSOLE_BUSY, and as a backtest does.
   */
  async answer(body: unknown, signal: AbortSignal): Promise<BacktestAnswer> {
    const { backtest, book, clock, store } = this.#parts;
    if (backtest === null)
      throw consoleError('CONSOLE_BACKTESTS_NOTHING', 'This console judges no history', {
        remedy: 'Use `burnline backtest`; the console of `burnline up` does it by itself.',
      });
    const request = requestOf(body);
    const page = await book.page();
    const { stream } = oneStream(page, request.stream);
    const { fromMs, toMs } = stretchOf(
      { from: request.fromMs, to: request.toMs },
      { endMs: request.toMs, defaultMs: LENGTH_MAX_MS, lengthMaxMs: LENGTH_MAX_MS },
    );
    checkCost(sloCountOf(request), await countRawRows(store, stream));
    if (this.#isRunning)
      throw consoleError('CONSOLE_BUSY', 'A backtest runs already, and only one does at a time', {
        remedy: 'Ask again when it is done: it may take a minute and a half.',
      });
    const startedMs = clock.monotonicMs();
    const found = await inTime(
      (limit) => this.#run(backtest({ files: request.files, stream, fromMs, toMs }, limit)),
      signal,
    );
    return {
      about: aboutOf(page, stream),
      ...{ fromMs: found.fromMs, toMs: found.toMs, tiers: [...found.tiers] },
      alerts: found.alerts.slice(0, ALERTS_MAX),
      alertCount: found.alerts.length,
      tookMs: Math.round(clock.monotonicMs() - startedMs),
    };
  }

  /** The next one waits until this one is gone, whether somebody still waits for it or not. */
  async #run(running: Promise<BacktestFound>): Promise<BacktestFound> {
    this.#isRunning = true;
    try {
      return await running;
    } finally {
      this.#isRunning = false;
    }
  }
}

/**
 * Rejects with CONSOLE_TOO_SLOW as soon as it takes too long or nobody waits for it: what is ended then takes its time. The two
 * are listened to by themselves: a signal made of both is held weakly.
 */
function inTime(
  start: (limit: AbortSignal) => Promise<BacktestFound>,
  signal: AbortSignal,
): Promise<BacktestFound> {
  const controller = new AbortController();
  return new Promise<BacktestFound>((resolve, reject) => {
    const stop = (): void => {
      const error = consoleError(
        'CONSOLE_TOO_SLOW',
        `The backtest took longer than ${TIME_LIMIT_MS / 1_000} s`,
        { remedy: `Ask for a shorter stretch, fewer SLOs or fewer series. ${COMMAND}` },
      );
      controller.abort(error);
      reject(error);
    };
    const timer = setTimeout(stop, TIME_LIMIT_MS);
    signal.addEventListener('abort', stop, { once: true });
    start(controller.signal)
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      });
  });
}

function requestOf(body: unknown): Request {
  const parsed = backtestRequest.safeParse(body);
  if (parsed.success) return parsed.data;
  throw consoleError('CONSOLE_BODY_INVALID', z.prettifyError(parsed.error).slice(0, 500), {
    remedy: 'Send JSON: {"files": [{"name": "slos.yaml", "text": "..."}], "fromMs": 0, "toMs": 0}.',
  });
}

function sloCountOf({ files }: Request): number {
  const { plans, issues } = loadSpecs(
    files.map(({ name, text }) => ({ file: name, text })),
    { mode: 'tolerant' },
  );
  if (issues.length === 0 && plans.length > 0) return plans.length;
  throw consoleError(
    'CONSOLE_BODY_INVALID',
    plans.length === 0 ? 'The documents make no SLO' : `The documents have mistakes: ${issues.length}`,
    { remedy: 'POST /api/v1/specs/validate says every one with its line.' },
  );
}

function checkCost(slos: number, rows: number): void {
  const reason =
    slos > SLOS_MAX
      ? `The documents make ${slos} SLOs, and ${SLOS_MAX} are judged at most`
      : slos * rows > ROWS_MAX
        ? `${slos} SLOs over ${rows} raw rows are ${slos * rows} looks, and ${ROWS_MAX} are taken at most`
        : null;
  if (reason === null) return;
  throw consoleError('CONSOLE_TOO_COSTLY', reason, { remedy: `Try fewer SLOs at once. ${COMMAND}` });
}
