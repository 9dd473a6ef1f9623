import type { AlertRoute } from '../alerts/alert-route.ts';

/**
 * One multi-window burn-rate rule: it holds while both windows burn at `factor` or more.
 *
 * The factor is an exact ratio, derived as budget share x period / long window (Google SRE workbook, table 5-8;
 * windows as Sloth generates them).
 */
export interface BurnTier {
  readonly name: string;
  readonly longWindowMs: number;
  readonly shortWindowMs: number;
  /** Share of the period's budget that is spent when the tier fires. */
  readonly budgetShare: { readonly numerator: number; readonly denominator: number };
  /** Burn rate at which the tier fires: numerator / denominator. */
  readonly factor: { readonly numerator: number; readonly denominator: number };
  readonly operator: '>' | '>=';
  readonly severity: 'page' | 'ticket';
  /** The tier's own guard, in place of the SLO's: so many bad ones seen in the long window. */
  readonly badCountMin?: number;
  /** How long the condition must hold first; 0 by default. */
  readonly holdMs: number;
  /** How long it must be clear before an alert resolves; absent: what follows from the short window, see alertTimingOf. */
  readonly resolveHoldMs?: number;
  /** Who is told, as its policy's notification targets say; absent: as the SLO's service says. */
  readonly routes?: readonly AlertRoute[];
}
