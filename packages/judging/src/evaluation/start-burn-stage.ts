import type { SloPlan } from '@burnline/core';
import {
  EPOCH_SETTINGS,
  WHOLE_SHARE,
  repeat,
  systemClock,
  tellRetries,
  type RunningStream,
  type ServiceHost,
} from '@burnline/runtime';
import { BurnStage, type BurnStageOptions } from './burn-stage.ts';
import { createLiveClock, createReplayClock, type EvaluationSpan } from './evaluation-clock.ts';

/** Live burn rates are judged so often, whatever a tick takes of it: on a busy machine that is when pages are due. */
const LIVE_TICK_MS = 5_000;
/** A tick that takes longer than that leaves this to whoever else waits for the database. */
const LIVE_REST_MS_MIN = 1_000;
/** Between ticks it is looked so often whether anything begins to burn, */
const LIVE_LOOK_MS = 500;
/** and no more than a fifth of the time: pages of many series come with the ticks. */
const LIVE_LOOK_RESTS = 4;
/** How long the loop of a replay waits before it looks again whether there is more. */
const IDLE_PAUSE_MS = 100;

/** Which SLOs are judged, and whether a change of them is under way. */
export interface BurnStageSpecs {
  readonly judged: readonly SloPlan[];
  readonly isSettled: boolean;
}

/**
 * Judges the stream's panes: burn rates and budgets, tick by tick. A history waits for a rollout that is under way, so that
 * each instant is judged with all SLOs; a live stream goes on with those that are there.
 */
export function startBurnStage(
  { store, supervision, watch, logger }: Pick<ServiceHost, 'store' | 'supervision' | 'watch' | 'logger'>,
  { epochs, kind, name }: RunningStream,
  specs: BurnStageSpecs,
  options: Pick<BurnStageOptions, 'shards'> = {},
): BurnStage {
  const clock =
    kind === 'live'
      ? createLiveClock({ store, clock: systemClock, epochs })
      : createReplayClock({ store, epochs, tickMs: EPOCH_SETTINGS.intervalMs });
  const stage = new BurnStage(store, clock, {
    stream: name,
    kind,
    judged: () => specs.judged,
    paneMs: EPOCH_SETTINGS.paneMs,
    tickMs: EPOCH_SETTINGS.intervalMs,
    ...options,
  });
  let tickDueMs = 0;
  const judge = async (): Promise<EvaluationSpan | null> => {
    if (kind === 'live' && systemClock.monotonicMs() < tickDueMs) return stage.look();
    tickDueMs = systemClock.monotonicMs() + LIVE_TICK_MS;
    return stage.tick();
  };
  const restMs = (tookMs: number): number => restOf(tookMs, tickDueMs - systemClock.monotonicMs());
  supervision.start(`burn stage ${name}`, (signal) =>
    repeat(
      async () => {
        if (kind === 'replay' && !specs.isSettled) return false;
        const span = await judge();
        if (span !== null)
          for (const shard of (options.shards ?? WHOLE_SHARE).held)
            watch?.reached('evaluation', { stream: name, shard }, span.toMs);
        return span !== null && kind === 'replay';
      },
      {
        clock: systemClock,
        signal,
        pauseMs: kind === 'live' ? restMs : IDLE_PAUSE_MS,
        onRetry: tellRetries(logger, `burn stage ${name}`),
      },
    ),
  );
  return stage;
}

/** Until the next look, or the next tick if that is sooner. */
function restOf(tookMs: number, untilTickMs: number): number {
  const untilLookMs = Math.max(LIVE_LOOK_MS, LIVE_LOOK_RESTS * tookMs);
  if (untilLookMs < untilTickMs) return untilLookMs;
  return Math.max(untilTickMs, tookMs > LIVE_LOOK_MS ? LIVE_REST_MS_MIN : 0);
}
