import cliProgress from 'cli-progress';
import { formatCount } from './format.ts';

export interface ProgressTask {
  /** What is done, and with which file. */
  readonly title: string;
  readonly unit: 'records' | 'bytes';
  /** Undefined where it is only known with the first report. */
  readonly total?: number;
}

/** Shown on standard error: it is no part of the answer. */
export interface Progress {
  readonly update: (value: number, total?: number) => void;
  /** Ends what is shown: removes a bar and shows the cursor again; idempotent. */
  readonly end: () => void;
}

const BYTES_PER_MB = 1_000_000;

/** `12,000 of 34,000 records`, `1.5 of 3.0 MB`. */
export function progressText(unit: ProgressTask['unit'], value: number, total: number): string {
  return unit === 'bytes'
    ? `${(value / BYTES_PER_MB).toFixed(1)} of ${(total / BYTES_PER_MB).toFixed(1)} MB`
    : `${formatCount(value)} of ${formatCount(total)} records`;
}

export function startBar(task: ProgressTask): Progress {
  const { title, unit } = task;
  const bar = new cliProgress.SingleBar({
    format: `${title} {bar} {percentage} % | {figures} | {eta_formatted} left`,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  const figures = (value: number, total: number): object => ({ figures: progressText(unit, value, total) });
  const end = (): void => {
    process.off('exit', end);
    bar.stop();
  };
  // A command that is ended at once leaves no hidden cursor behind.
  process.once('exit', end);
  const first = task.total ?? 1;
  bar.start(first, 0, figures(0, first));
  return {
    update: (value, total = first) => {
      bar.setTotal(total);
      bar.update(Math.min(value, total), figures(Math.min(value, total), total));
    },
    end,
  };
}

/** Between two lines of progress where there is no terminal: seldom enough for a log, often enough to see that it goes on. */
const LINE_INTERVAL_MS = 5_000;

/** A line at the start, and one every few seconds while the work goes on: for logs and pipes. */
export function startLines(
  { title, unit, total: first = 0 }: ProgressTask,
  write: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
  now: () => number = () => performance.now(),
): Progress {
  write(`${title} ...`);
  let nextMs = now() + LINE_INTERVAL_MS;
  return {
    update: (value, total = first) => {
      if (now() < nextMs) return;
      nextMs = now() + LINE_INTERVAL_MS;
      write(`${title}: ${progressText(unit, Math.min(value, total), total)}`);
    },
    end: () => undefined,
  };
}
