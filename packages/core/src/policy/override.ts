import type { ChangeKind } from './policy-plan.ts';

/** Somebody's word that changes of a service may pass what a policy stops, for a time. */
export interface PolicyOverride {
  readonly id: string;
  readonly service: string;
  readonly changes: readonly ChangeKind[];
  readonly author: string;
  readonly reason: string;
  /** Epoch ms. */
  readonly addedMs: number;
  readonly expiresMs: number;
  /** When somebody ended it before its time; null: nobody did. */
  readonly endedMs: number | null;
}

/** Whether an override holds at a moment: from when it was signed until it expires or is ended, whichever comes first. */
export function isOverrideInForce(
  { addedMs, expiresMs, endedMs }: Pick<PolicyOverride, 'addedMs' | 'expiresMs' | 'endedMs'>,
  atMs: number,
): boolean {
  return addedMs <= atMs && atMs < expiresMs && (endedMs === null || atMs < endedMs);
}
