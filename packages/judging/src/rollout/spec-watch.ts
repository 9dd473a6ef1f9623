import { formatIssues, loadSpecs, type SpecFile } from '@burnline/specs';
import type { SloPlan } from '@burnline/core';
import type { Clock, Logger } from '@burnline/runtime';

/** Spec files are looked at so often: soon enough for whoever saved one, some small files at a time. */
const LOOK_MS = 2_000;

type OnPlans = (plans: readonly SloPlan[], files: readonly SpecFile[]) => void | Promise<void>;

/**
 * Looks at the spec files while a pipeline runs, and hands over what they say once they have changed and are right. What
 * has mistakes, cannot be read or holds no SLO changes nothing; the log says why, once per change.
 */
export async function watchSpecs(
  read: () => Promise<readonly SpecFile[]>,
  context: {
    readonly first: readonly SpecFile[];
    readonly onPlans: OnPlans;
    readonly logger: Logger;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { clock, logger, signal } = context;
  let seen = textOf(context.first);
  for (;;) {
    await clock.sleep(LOOK_MS, signal);
    if (signal.aborted) return;
    const found = await read().catch((error: unknown) => ({ reason: String(error) }));
    const text = 'reason' in found ? found.reason : textOf(found);
    if (text === seen) continue;
    seen = text;
    const refusal = 'reason' in found ? found.reason : await handOver(found, context.onPlans);
    if (refusal === null) logger.info({}, 'the specs have changed');
    else
      logger.error({ reason: refusal }, 'the specs have changed and are not taken over: those before hold');
  }
}

/** Why the specs are not taken over; null if they are. */
async function handOver(files: readonly SpecFile[], onPlans: OnPlans): Promise<string | null> {
  const { plans, issues } = loadSpecs(files, { mode: 'tolerant' });
  if (issues.length > 0) return formatIssues(issues);
  if (plans.length === 0) return 'there is no SLO in them';
  await onPlans(plans, files);
  return null;
}

function textOf(files: readonly SpecFile[]): string {
  return JSON.stringify(files.map(({ file, text }) => [file, text]));
}
