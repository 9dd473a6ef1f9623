import { differingPanes } from './same-answers.ts';
import type { PaneCount } from './slos.ts';

/** Cost of a stretch of a run: from the first record or block on, the start of the program excluded. */
export interface Stretch {
  readonly events: number;
  readonly seconds: number;
  /** CPU time of the peer's process, all threads. */
  readonly cpuSeconds: number;
}

export interface PeerRun {
  readonly panes: readonly PaneCount[];
  readonly whole: Stretch;
  /** The later half, when compilers and caches are warm. */
  readonly warm: Stretch;
  readonly rssPeakBytes: number;
}

/** Throws if a run's panes are not the expected ones: its figures must not be shown. */
export function checkAnswers(peer: string, run: PeerRun, expected: readonly PaneCount[]): void {
  const differences = differingPanes(run.panes, expected);
  if (differences.length === 0 && expected.length > 0) return;
  const shown = differences.slice(0, 5).join('; ');
  throw new Error(
    `${peer} gives wrong answers, so its figures mean nothing: ${differences.length} of ${expected.length} panes differ. ${shown}`,
  );
}
