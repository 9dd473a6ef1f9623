import type { EpochSettings } from '@burnline/runtime';

/**
 * Settings that decide the value of rows. They belong to a stream's epoch; a processor configured otherwise halts.
 *
 * 60 s chunks: what a restart counts anew. 100,000 events: as long to count as the chunk of a busy minute. 16,384 messages:
 * repeats within 52 s at 312 messages a second, 4.6 h at one; some 32 MB per partition. 10 s panes: a tenth of the shortest
 * useful window's error.
 */
export const EPOCH_SETTINGS: EpochSettings = {
  intervalMs: 60_000,
  chunkEventsMax: 100_000,
  repeatWindowMessages: 16_384,
  paneMs: 10_000,
};

/** Partitions of an embedded stream: one per core of a small machine; events per message fall as partitions grow. */
export const EMBEDDED_PARTITION_COUNT = 2;

/** How often panes are written. Shorter shows events sooner, longer writes each row less often. */
export const PANE_FLUSH_MS = 1_000;
/** How often raw rows are written: larger inserts cost ClickHouse less. */
export const RAW_FLUSH_MS = 1_000;
/** Live burn rates are judged so often. */
export const LIVE_TICK_MS = 5_000;
/** How long an idle loop of a replay waits before it looks again. */
export const IDLE_PAUSE_MS = 100;
/** How often a rollout of specs looks whether processors and sink have come as far as it waits for. */
export const ROLLOUT_PAUSE_MS = 250;
/**
 * How often a sealer looks for hours that are over. An hour of the log ends once an hour, and readers sum its chunk rows until
 * then: a minute later is soon enough for a few small queries per epoch.
 */
export const SEAL_PAUSE_MS = 60_000;
/** The first look waits until the start's own work (tables, warm-up, recounting) is done. */
export const SEAL_START_DELAY_MS = 10_000;
