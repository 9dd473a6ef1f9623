import {
  EPOCH_SETTINGS,
  StreamWorker,
  keptTopics,
  systemClock,
  unreadableOption,
  type RunningStream,
  type ServiceHost,
} from '@burnline/runtime';
import { createRawWork } from './raw-work.ts';
import { startResolver } from './references/start-resolver.ts';

/** How often raw rows are written: larger inserts cost ClickHouse less. */
const RAW_FLUSH_MS = 1_000;

/** The consumer group of a stream's sinks. */
export function sinkGroupOf(stream: string): string {
  return `burnline-sink.${stream}`;
}

/**
 * Keeps the stream's events and verdicts, and a live one's source reports, as raw rows, and looks up there what its verdicts
 * by reference judge; several sinks share both.
 */
export function startSink(host: ServiceHost, stream: RunningStream): void {
  const { repeatWindowMessages } = EPOCH_SETTINGS;
  const work = createRawWork({ ...host, repeatWindowMessages });
  const worker = new StreamWorker(
    work,
    { ...host, clock: systemClock },
    {
      group: sinkGroupOf(stream.name),
      topics: keptTopics(stream),
      settings: EPOCH_SETTINGS,
      flushIntervalMs: RAW_FLUSH_MS,
      ...unreadableOption(host),
    },
  );
  host.supervision.start(`sink ${stream.name}`, (signal) => worker.run(signal));
  if (stream.kind === 'live') startResolver(host, stream);
}
