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
import { startDispersions } from '../dispersion/start-dispersions.ts';
import { BurnStage, type BurnStageOptions } from './burn-stage.ts';
import { createLiveClock, createReplayClock, type EvaluationSpan } from './evaluation-clock.ts';

/** Live burn rates are judged so often, whatever a tick takes of it: on a busy machine that is when pages are due. */
const LIVE_TICK_MS = 5_000;
/** A tick that takes longer than that leaves this to whoever else waits for the database. */
const LIVE_REST_MS_MIN = 1_000;
/** Between ticks it is looked whether anything begins to burn: when panes were written here, and so often for those of others, */
const LIVE_LOOK_MS = 250;
/** and no more than half of the time: a quarter makes a page two seconds later and saves a twentieth of the engine's work. */
const LIVE_LOOK_RESTS = 1;
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
  {
    store,
    supervision,
    watch,
    logger,
    bells,
  }: Pick<ServiceHost, 'store' | 'supervision' | 'watch' | 'logger' | 'bells'>,
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
  const pace = kind === 'live' ? new LivePace(stage) : null;
  if (kind === 'live') startDispersions({ store, supervision, logger }, name, () => specs.judged);
  supervision.start(`burn stage ${name}`, (signal) =>
    repeat(
      async () => {
        if (kind === 'replay' && !specs.isSettled) return false;
        const span = await (pace?.judge() ?? stage.tick());
        if (span !== null) {
          bells?.evaluated.ring();
          for (const shard of (options.shards ?? WHOLE_SHARE).held)
            watch?.reached('evaluation', { stream: name, shard }, span.toMs);
        }
        return span !== null && kind === 'replay';
      },
      {
        clock: systemClock,
        signal,
        pauseMs: (tookMs) => pace?.pauseMs(tookMs) ?? IDLE_PAUSE_MS,
        ...(pace !== null && { bell: bells?.panesWritten, restMs: (tookMs) => pace.restMs(tookMs) }),
        onRetry: tellRetries(logger, `burn stage ${name}`),
      },
    ),
  );
  return stage;
}

/** When a live stream is judged: whole at every tick, and what was touched in between. */
class LivePace {
  readonly #stage: BurnStage;
  #tickDueMs = 0;
  #isLook = false;

  constructor(stage: BurnStage) {
    this.#stage = stage;
  }

  judge(): Promise<EvaluationSpan | null> {
    const nowMs = systemClock.monotonicMs();
    this.#isLook = nowMs < this.#tickDueMs;
    if (this.#isLook) return this.#stage.look();
    this.#tickDueMs = nowMs + LIVE_TICK_MS;
    return this.#stage.tick();
  }

  /** Before whatever comes next, whoever rings, after a look or a tick that took so long. */
  restMs(tookMs: number): number {
    if (this.#isLook) return LIVE_LOOK_RESTS * tookMs;
    return tookMs > LIVE_TICK_MS ? LIVE_REST_MS_MIN : 0;
  }

  /** Until the next look if nothing is heard before, or the next tick if that is sooner. */
  pauseMs(tookMs: number): number {
    const untilTickMs = this.#tickDueMs - systemClock.monotonicMs();
    return Math.max(this.restMs(tookMs), Math.min(LIVE_LOOK_MS, untilTickMs));
  }
}
