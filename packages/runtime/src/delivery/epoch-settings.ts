import type { EpochSettings } from './stream-epochs.ts';

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
