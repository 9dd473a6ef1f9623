import { optional, textVariable } from '@burnline/runtime';
import { addressOf, receiverInvalid, type Address } from '../address.ts';
import { httpVerdict } from '../http-verdict.ts';
import { receiverKind, type Receiver } from '../receiver.ts';
import { groupNotificationOf } from './notification-body.ts';

/** Series that one notification names at most: half a megabyte or so. */
const GROUP_LENGTH_MAX = 500;

export const webhook = receiverKind({
  name: 'webhook',
  variables: {
    BURNLINE_WEBHOOK_URL: optional(
      textVariable,
      'Receivers of pages, `URL` or `NAME=URL`, separated by spaces or lines: decisions are posted to them as JSON. A user and password in the URL are sent as Basic authentication. Or `BURNLINE_WEBHOOK_URL_FILE`.',
    ),
  },
  read: ({ BURNLINE_WEBHOOK_URL: text }) => webhookReceivers(webhookEntries(text ?? '')),
});

/** Whatever takes JSON by HTTP: each decision is posted as docs/operations.md shows it. */
export function webhookReceiver(name: string, address: Address): Receiver {
  return {
    name,
    bundling: 'storm',
    bundleLengthMax: GROUP_LENGTH_MAX,
    verdictOf: httpVerdict,
    begin: () => ({
      standing: { kind: 'told-again' },
      requestFor: (notices) => ({ ...address, ...groupNotificationOf(notices) }),
    }),
  };
}

/** A name before the URL: `on-call=https://host/path`. */
const NAMED = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,39})=(.*)$/s;
/** Receivers' names and positions go into one commit. */
const RECEIVERS_MAX = 20;

/**
 * Receivers as they are written, `URL` or `NAME=URL`. Without a name the first is `webhook`, the second `webhook-2`, and so
 * on; what a receiver has not taken yet is kept under its name. User and password in a URL are sent as Basic authentication.
 *
 * @throws AppError RECEIVER_INVALID, whose message never shows a URL: it often is a secret.
 */
export function webhookReceivers(entries: readonly string[]): readonly Receiver[] {
  const receivers = entries.map((entry, index) => {
    const [, given, rest] = NAMED.exec(entry) ?? [];
    const name = given ?? (index === 0 ? 'webhook' : `webhook-${index + 1}`);
    return webhookReceiver(name, addressOf(rest ?? entry, `Webhook ${index + 1}`));
  });
  const names = receivers.map(({ name }) => name);
  if (receivers.length > RECEIVERS_MAX) {
    throw receiverInvalid(`${receivers.length} webhooks are given, ${RECEIVERS_MAX} is the most.`);
  }
  if (new Set(names).size < names.length)
    throw receiverInvalid(`Two webhooks have the same name: ${names.join(', ')}.`);
  return receivers;
}

/** Entries of a text, or of a file that holds them: separated by white space, lines that begin with # left out. */
export function webhookEntries(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(/\s+/))
    .filter((entry) => entry !== '');
}
