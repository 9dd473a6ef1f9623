import { POLICY_LEVELS, type Ladder, type PolicyLevel } from './policy-plan.ts';

/** A budget at one moment. */
export interface BudgetMoment {
  /** Epoch ms. */
  readonly atMs: number;
  /** Share that is spent, signed, 1 and more where nothing is left; null without events, or where it is not known. */
  readonly spent: number | null;
  /** Events of the period so far; 0: there is no budget (any more) that could be spent. */
  readonly total: number;
}

export interface LadderState {
  readonly level: PolicyLevel;
  /** When it came to that level, epoch ms; null: it was always there. */
  readonly sinceMs: number | null;
}

/**
 * Where a budget stands on a ladder, by walking its history from the start of its window: up to a level as soon as its share is spent, down
 * only once less than the level's lower share is. So a budget that stays between the two stays where it is. With too few events
 * it comes no higher than a warning, and without any it is `ok`: what is retired while it is overspent has no later row that could
 * lift its level. A function of the moments alone, whoever asks and when.
 *
 * @param moments oldest first
 */
export function walkLadder(
  moments: readonly BudgetMoment[],
  ladder: Ladder,
  eventCountMin: number,
): LadderState {
  let state: LadderState = { level: 'ok', sinceMs: null };
  for (const { atMs, spent, total } of moments) {
    if (spent === null && total > 0) continue;
    const level =
      spent === null || total === 0
        ? 'ok'
        : nextLevel(state.level, { spent, ladder, isEnough: total >= eventCountMin });
    if (level !== state.level) state = { level, sinceMs: atMs };
  }
  return state;
}

function nextLevel(
  before: PolicyLevel,
  {
    spent,
    ladder,
    isEnough,
  }: { readonly spent: number; readonly ladder: Ladder; readonly isEnough: boolean },
): PolicyLevel {
  const rank = POLICY_LEVELS.indexOf(before);
  // From the top down: the first level that is reached, or that one was on or above and that holds yet.
  for (let at = POLICY_LEVELS.length - 1; at > 0; at -= 1) {
    const level = POLICY_LEVELS[at] as Exclude<PolicyLevel, 'ok'>;
    const isHeld = rank >= at && spent >= ladder[level].liftBelow;
    const isReached = spent >= ladder[level].at && (isEnough || level === 'warn');
    if (isHeld || isReached) return level;
  }
  return 'ok';
}
