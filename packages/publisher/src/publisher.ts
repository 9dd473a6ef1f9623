import { loadPackageSchemas } from '@burnline/contracts';
import { copyCounters, zeroCounters } from './counters.ts';
import type { PublisherCounters } from './counters.ts';
import { createEmitter } from './emitter.ts';
import type { EventInput, VerdictInput } from './event-input.ts';
import { createLaneTable } from './lane-table.ts';
import { createOutbox } from './outbox.ts';
import type { Outbox } from './outbox.ts';
import { resolveOptions } from './publisher-options.ts';
import type { PublisherOptions } from './publisher-options.ts';
import { createReporter } from './reporter.ts';

export interface Publisher {
  /** Takes an event; never waits, never throws. What cannot be kept is dropped and counted. */
  emit(input: EventInput): void;
  emitVerdict(input: VerdictInput): void;
  /**
   * Resolves when everything emitted so far is acknowledged or dropped: without a collector, once it is too old. Never
   * rejects. Whoever cannot wait closes the publisher.
   */
  flush(): Promise<void>;
  /**
   * Sends what is buffered and a last report, and resolves within `timeoutMs`; what is left then is dropped. Events
   * emitted later are dropped. Never rejects; later calls give the first one's promise.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
  counters(): PublisherCounters;
}

const CLOSE_TIMEOUT_MS = 5_000;
/** The share of close's time that is kept for the last report: without it a stop looks like a loss. */
const LAST_REPORT_SHARE = 0.2;

/** Throws PUBLISHER_OPTIONS_INVALID or CONTRACT_TOPIC_INVALID for options that cannot work; later calls never throw. */
export function createPublisher(given: PublisherOptions): Publisher {
  const resolved = resolveOptions(given);
  const options = { ...resolved, onRetry: guarded(resolved.onRetry) };
  const counters = zeroCounters();
  const lanes = createLaneTable(options, loadPackageSchemas(), (changeBytes) => {
    counters.bufferedBytes += changeBytes;
  });
  const notify = guarded(options.onDrop);
  const outbox = createOutbox({ lanes: lanes.all, counters, options, onDrop: notify });
  const emitter = createEmitter({ options, counters, lanes, outbox, notify });
  const report = createReporter({
    ...options,
    counters: () => copyCounters(counters),
    send: emitter.emitReport,
  });
  const reportTimer = startReports(options.reportIntervalMs, report);
  let closing: Promise<void> | null = null;

  return {
    emit: emitter.emit,
    emitVerdict: emitter.emitVerdict,
    flush: () => outbox.flush(),
    close: ({ timeoutMs = CLOSE_TIMEOUT_MS } = {}) => {
      if (closing !== null) return closing;
      clearInterval(reportTimer);
      emitter.refuse();
      const lastReport = options.reportIntervalMs === 0 ? null : report;
      closing = shutDown({ outbox, lastReport, timeoutMs });
      return closing;
    },
    counters: () => copyCounters(counters),
  };
}

/** The publisher's promise is never to disturb its service, not even with the service's own mistake. */
function guarded<Notice>(callback: (notice: Notice) => void): (notice: Notice) => void {
  return (notice) => {
    try {
      callback(notice);
    } catch {
      // What happened is counted; there is nobody else to tell.
    }
  };
}

type Report = (isFinal: boolean) => void;

function startReports(intervalMs: number, report: Report): NodeJS.Timeout | undefined {
  if (intervalMs === 0) return undefined;
  return setInterval(() => {
    report(false);
  }, intervalMs).unref();
}

/** Everything first, then the last report, whose counts are complete only once nothing is under way. */
async function shutDown(options: {
  readonly outbox: Outbox;
  readonly lastReport: Report | null;
  readonly timeoutMs: number;
}): Promise<void> {
  const { outbox, lastReport, timeoutMs } = options;
  const reportMs = lastReport === null ? 0 : timeoutMs * LAST_REPORT_SHARE;
  await within(outbox.flush(), timeoutMs - reportMs);
  outbox.abandon();
  if (lastReport === null) return;
  lastReport(true);
  await within(outbox.flush(), reportMs);
  outbox.abandon();
}

/** Resolves with the promise or after the time, whichever is first. */
async function within(promise: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
}
