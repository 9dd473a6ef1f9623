import type { Telling } from '../receivers/notice.ts';
import type { Receiver } from '../receivers/receiver.ts';

/** Who hears of something, and whether a route says so. */
export interface Hearers {
  readonly names: ReadonlySet<string>;
  /** No route took it, or none that names a receiver there is: it goes to whoever hears of everything. */
  readonly isUnrouted: boolean;
}

/** The receivers that the alert's routes name, as far as there are any; else those that hear of everything. */
export function hearersOf(
  { decision, receivers: named = [] }: Telling,
  receivers: readonly Receiver[],
): Hearers {
  const routed = receivers.filter(({ name }) => named.includes(name));
  // A program that is called is one that the policy names: nobody stands in for it.
  if (decision.evidence.policy?.action === 'webhook') {
    const called = routed.filter(({ isWebhook }) => isWebhook === true);
    return { names: new Set(called.map(({ name }) => name)), isUnrouted: called.length === 0 };
  }
  const hearers = routed.length > 0 ? routed : receivers.filter(({ isRoutedOnly }) => isRoutedOnly !== true);
  return { names: new Set(hearers.map(({ name }) => name)), isUnrouted: routed.length === 0 };
}
