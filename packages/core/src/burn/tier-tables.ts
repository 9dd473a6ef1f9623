import type { BurnTier } from './burn-tier.ts';
import type { ExactRatio } from './exact-ratio.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time/units.ts';

/** A tier as the workbook states it: which share of the budget may go in which window. */
export interface WorkbookTier {
  readonly longWindowMs: number;
  readonly shortWindowMs: number;
  readonly budgetShare: ExactRatio;
  readonly severity: BurnTier['severity'];
}

/** A tier of the default: as the workbook states it, and never for a burn rate below `factorMin`. */
export interface DefaultTier extends WorkbookTier {
  readonly factorMin: ExactRatio;
}

/** A tier as Pyrra states it: a fixed factor, and windows for a period of 28 days. */
export interface PyrraTier {
  readonly longWindowMs: number;
  readonly shortWindowMs: number;
  readonly holdMs: number;
  readonly factor: ExactRatio;
  readonly severity: BurnTier['severity'];
}

const percent = (share: number): ExactRatio => ({ numerator: share, denominator: 100 });

/**
 * Budget shares 2/5/10/10 %: Google SRE Workbook, "Alerting on SLOs", table 5-8 (1 h, 6 h, 3 d), with the 1 d tier that
 * Sloth adds (internal/alert/windows/google-30d.yaml and google-28d.yaml). Windows are the same for every period.
 */
export const DEFAULT_TIERS: readonly DefaultTier[] = [
  {
    longWindowMs: HOUR_MS,
    shortWindowMs: 5 * MINUTE_MS,
    budgetShare: percent(2),
    factorMin: { numerator: 336, denominator: 25 },
    severity: 'page',
  },
  {
    longWindowMs: 6 * HOUR_MS,
    shortWindowMs: 30 * MINUTE_MS,
    budgetShare: percent(5),
    factorMin: { numerator: 7, denominator: 2 },
    severity: 'page',
  },
  {
    longWindowMs: DAY_MS,
    shortWindowMs: 2 * HOUR_MS,
    budgetShare: percent(10),
    factorMin: { numerator: 7, denominator: 5 },
    severity: 'ticket',
  },
  {
    longWindowMs: 3 * DAY_MS,
    shortWindowMs: 6 * HOUR_MS,
    budgetShare: percent(10),
    factorMin: { numerator: 1, denominator: 1 },
    severity: 'ticket',
  },
];

/** The same without a least factor, as Sloth has them: over 28 days the last tier asks for 0.933. */
export const SLOTH_TIERS: readonly WorkbookTier[] = DEFAULT_TIERS.map(
  ({ longWindowMs, shortWindowMs, budgetShare, severity }) => ({
    longWindowMs,
    shortWindowMs,
    budgetShare,
    severity,
  }),
);

/**
 * Budget shares 8/12.5/20/42 % for a period of 7 days (Sloth, examples/windows/7d.yaml). With the shares of 28 days a
 * week's slow tiers would ask for burn rates well below 1 and fire on a healthy service.
 */
export const SLOTH_7D_TIERS: readonly WorkbookTier[] = [
  { longWindowMs: HOUR_MS, shortWindowMs: 5 * MINUTE_MS, budgetShare: percent(8), severity: 'page' },
  {
    longWindowMs: 6 * HOUR_MS,
    shortWindowMs: 30 * MINUTE_MS,
    budgetShare: { numerator: 125, denominator: 1000 },
    severity: 'page',
  },
  { longWindowMs: DAY_MS, shortWindowMs: 2 * HOUR_MS, budgetShare: percent(20), severity: 'ticket' },
  { longWindowMs: 3 * DAY_MS, shortWindowMs: 6 * HOUR_MS, budgetShare: percent(42), severity: 'ticket' },
];

/** Period for which PYRRA_TIERS states its windows; they scale with the period. */
export const PYRRA_PERIOD_MS = 28 * DAY_MS;

const whole = (factor: number): ExactRatio => ({ numerator: factor, denominator: 1 });

/** Pyrra, slo/slo.go, Windows(): factors 14/7/2/1 at every period; critical pages, warning is a ticket. */
export const PYRRA_TIERS: readonly PyrraTier[] = [
  {
    longWindowMs: HOUR_MS,
    shortWindowMs: 5 * MINUTE_MS,
    holdMs: 2 * MINUTE_MS,
    factor: whole(14),
    severity: 'page',
  },
  {
    longWindowMs: 6 * HOUR_MS,
    shortWindowMs: 30 * MINUTE_MS,
    holdMs: 15 * MINUTE_MS,
    factor: whole(7),
    severity: 'page',
  },
  {
    longWindowMs: DAY_MS,
    shortWindowMs: 2 * HOUR_MS,
    holdMs: HOUR_MS,
    factor: whole(2),
    severity: 'ticket',
  },
  {
    longWindowMs: 4 * DAY_MS,
    shortWindowMs: 6 * HOUR_MS,
    holdMs: 3 * HOUR_MS,
    factor: whole(1),
    severity: 'ticket',
  },
];
