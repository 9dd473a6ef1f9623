import { createHash } from 'node:crypto';
import { canonicalJson, type SliPlan } from '@burnline/core';

/**
 * Part of every spec revision. It is raised when the meaning of counting changes, so that rows counted under the old
 * meaning are not added to new ones.
 */
export const CODE_EPOCH = 2;

/** 16 hex digits of SHA-256 over everything that decides the value of an SLI's rows. */
export function specRevOf(sli: Omit<SliPlan, 'specRev'>): string {
  return createHash('sha256')
    .update(canonicalJson({ codeEpoch: CODE_EPOCH, sli }))
    .digest('hex')
    .slice(0, 16);
}
