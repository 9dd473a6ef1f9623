import cliProgress from 'cli-progress';
import { durationText } from '@burnline/core';
import { formatCount } from './format.ts';
import { columnsOf } from './prose.ts';
import { cut, widthOf } from './shown.ts';

export interface ProgressTask {
  /** What is done, and with which file. */
  readonly title: string;
  readonly unit: 'records' | 'bytes' | 'hours';
  /** Undefined where it is only known with the first report. */
  readonly total?: number;
  /** What goes on once all is handed over, such as `judging it`; nothing if absent. */
  readonly last?: string;
}

/** Shown on standard error: it is no part of the answer. */
export interface Progress {
  readonly update: (value: number, total?: number) => void;
  /** Ends what is shown: removes a bar and shows the cursor again; idempotent. */
  readonly end: () => void;
}

const BYTES_PER_MB = 1_000_000;

/** `12,000 of 34,000 records`, `1.5 of 3.0 MB`, `36 of 672 hours`. */
export function progressText(unit: ProgressTask['unit'], value: number, total: number): string {
  return unit === 'bytes'
    ? `${(value / BYTES_PER_MB).toFixed(1)} of ${(total / BYTES_PER_MB).toFixed(1)} MB`
    : `${formatCount(value)} of ${formatCount(total)} ${unit}`;
}

/** How far the work is. */
interface Reached {
  readonly value: number;
  readonly total: number;
  readonly elapsedMs: number;
  /** Undefined where nobody can tell. */
  readonly leftMs?: number;
}

/** What is done and how far, without the title: figures, and the time that is left or that passes. */
function reachedText({ unit, last }: ProgressTask, { value, total, elapsedMs, leftMs }: Reached): string {
  const figures = progressText(unit, value, total);
  const isHandedOver = last !== undefined && total > 0 && value >= total;
  if (isHandedOver) return `${figures}, ${last}, ${secondsText(elapsedMs)}`;
  return `${figures}, ${leftMs === undefined ? secondsText(elapsedMs) : `${secondsText(leftMs)} left`}`;
}

const secondsText = (ms: number): string => durationText(Math.round(ms / 1_000) * 1_000);

const BAR_COLUMNS_MAX = 40;
const BAR_COLUMNS_MIN = 8;

/** One line of at most `columns` columns: the bar is what gives way first, then the title. */
export function barLine(task: ProgressTask, reached: Reached, columns: number): string {
  const share = reached.total === 0 ? 0 : Math.min(1, reached.value / reached.total);
  const text = ` ${Math.floor(share * 100)} % ${reachedText(task, reached)}`;
  const room = columns - widthOf(task.title) - 1 - widthOf(text);
  if (room < BAR_COLUMNS_MIN) return cut(task.title, Math.max(8, columns - widthOf(text))) + text;
  const size = Math.min(BAR_COLUMNS_MAX, room);
  const done = Math.floor(share * size);
  return `${task.title} ${'='.repeat(done)}${'-'.repeat(size - done)}${text}`;
}

export function startBar(task: ProgressTask): Progress {
  const startedMs = performance.now();
  const bar = new cliProgress.SingleBar({
    // Made anew ten times a second, so that the time goes on where nothing else does.
    format: (_, { value, total, eta }) =>
      barLine(
        task,
        { value, total, elapsedMs: performance.now() - startedMs, ...(eta > 0 && { leftMs: eta * 1_000 }) },
        columnsOf(process.stderr) - 1,
      ),
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  const end = (): void => {
    process.off('exit', end);
    bar.stop();
  };
  // A command that is ended at once leaves no hidden cursor behind.
  process.once('exit', end);
  const first = task.total ?? 1;
  bar.start(first, 0);
  return {
    update: (value, total = first) => {
      bar.setTotal(total);
      bar.update(Math.min(value, total));
    },
    end,
  };
}

/** Between two lines of progress where there is no terminal: seldom enough for a log, often enough to see that it goes on. */
const LINE_INTERVAL_MS = 5_000;

export interface LinesParts {
  readonly write: (line: string) => void;
  readonly nowMs: () => number;
  /** Calls every so many milliseconds. @returns what ends that */
  readonly every: (intervalMs: number, look: () => void) => () => void;
}

const REAL_PARTS: LinesParts = {
  write: (line) => process.stderr.write(`${line}\n`),
  nowMs: () => performance.now(),
  every: (intervalMs, look) => {
    const timer = setInterval(look, intervalMs).unref();
    return () => {
      clearInterval(timer);
    };
  },
};

/** A line at the start, and one every few seconds while the work goes on: for logs and pipes. */
export function startLines(task: ProgressTask, parts: LinesParts = REAL_PARTS): Progress {
  const startedMs = parts.nowMs();
  let [value, total] = [0, task.total ?? 0];
  parts.write(`${task.title} ...`);
  const end = parts.every(LINE_INTERVAL_MS, () => {
    const reached = { value, total, elapsedMs: parts.nowMs() - startedMs };
    parts.write(`${task.title}: ${reachedText(task, reached)}`);
  });
  return {
    update: (reachedValue, reachedTotal = total) => {
      total = reachedTotal;
      value = Math.min(reachedValue, total);
    },
    end,
  };
}
