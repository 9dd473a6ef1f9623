import { addressOf } from './address.ts';
import { bundleKeyOf } from './bundle-key.ts';
import { httpVerdict } from './http-verdict.ts';
import { entriesOf, namedEntries } from './named-entries.ts';
import type { Notice } from './notice.ts';
import type { Receiver } from './receiver.ts';

/**
 * Channels that a secret URL posts into, each `URL` or `NAME=URL` of a text: people read there, and nothing is kept, so what
 * stands is told again. Throws RECEIVER_INVALID, which shows no URL.
 */
export function chatReceivers(
  text: string | undefined,
  {
    kind,
    ...chat
  }: {
    readonly kind: string;
    readonly seriesMax: number;
    readonly messageOf: (notices: readonly Notice[]) => object;
  },
): readonly Receiver[] {
  return namedEntries(entriesOf(text ?? ''), kind).map(({ name, value, number }): Receiver => {
    const address = addressOf(value, `URL ${number} of ${kind}`);
    return {
      name,
      bundling: 'storm',
      bundleLengthMax: chat.seriesMax,
      verdictOf: httpVerdict,
      begin: () => ({
        standing: { kind: 'told-again' },
        requestFor: (notices) => ({ ...address, key: bundleKeyOf(notices), body: chat.messageOf(notices) }),
      }),
    };
  });
}
