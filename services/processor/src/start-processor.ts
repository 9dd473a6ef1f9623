import {
  EPOCH_SETTINGS,
  StreamWorker,
  countedTopics,
  systemClock,
  unreadableOption,
  type RunningStream,
  type ServiceHost,
} from '@burnline/runtime';
import { createPaneWork, processorGroupOf, type SpecCatalog } from '@burnline/counting';

/** How often panes are written. Shorter shows events sooner, longer writes each row less often: */
const PANE_FLUSH_MS = 500;
/** so often where there are many rows. */
const PANE_FLUSH_MS_MAX = 1_000;

/** Counts the stream's events and verdicts into panes; several processors share the partitions. */
export function startProcessor(
  host: ServiceHost & { readonly catalog: SpecCatalog },
  stream: RunningStream,
): void {
  const { store, schemas, decoder, catalog } = host;
  const work = createPaneWork({ schemas, store, catalog, decoder, settings: EPOCH_SETTINGS });
  const worker = new StreamWorker(
    work,
    { ...host, clock: systemClock },
    {
      group: processorGroupOf(stream.name),
      topics: countedTopics(stream),
      settings: EPOCH_SETTINGS,
      flushIntervalMs: PANE_FLUSH_MS,
      flushIntervalMsMax: PANE_FLUSH_MS_MAX,
      onWritten: () => host.bells?.panesWritten.ring(),
      ...unreadableOption(host),
    },
  );
  host.supervision.start(`processor ${stream.name}`, (signal) => worker.run(signal));
}
