import { optional, textVariable } from '@burnline/runtime';
import { addressOf, type Address } from '../address.ts';
import { httpVerdict } from '../http-verdict.ts';
import { entriesOf, namedEntries } from '../named-entries.ts';
import { receiverKind, type Receiver } from '../receiver.ts';
import { groupNotificationOf } from './notification-body.ts';
import { signatureHeaders, signingKeys, type SigningKeys } from './signature.ts';

/** Series that one notification names at most: half a megabyte or so. */
const GROUP_LENGTH_MAX = 500;

/** The command reads it for webhooks of its own. */
export const WEBHOOK_KEYS_VARIABLE = {
  BURNLINE_WEBHOOK_KEYS: optional(
    textVariable,
    'What bodies to webhooks are signed with as Standard Webhooks has it: `whsec_…` for all of them, `NAME=whsec_…` for one, two keys each at most. Or `BURNLINE_WEBHOOK_KEYS_FILE`. Not set: nothing is signed.',
  ),
};

export const webhook = receiverKind({
  name: 'webhook',
  variables: {
    BURNLINE_WEBHOOK_URL: optional(
      textVariable,
      'Receivers of pages, `URL` or `NAME=URL`, separated by spaces or lines: decisions are posted to them as JSON. A user and password in the URL are sent as Basic authentication. Or `BURNLINE_WEBHOOK_URL_FILE`.',
    ),
    ...WEBHOOK_KEYS_VARIABLE,
  },
  read: ({ BURNLINE_WEBHOOK_URL: urls, BURNLINE_WEBHOOK_KEYS: keys }) =>
    webhookReceivers(entriesOf(urls ?? ''), keys),
});

/** Whatever takes JSON by HTTP: each decision is posted as docs/operations.md shows it. */
export function webhookReceiver(name: string, address: Address, keys: SigningKeys = []): Receiver {
  return {
    name,
    isWebhook: true,
    bundling: 'storm',
    bundleLengthMax: GROUP_LENGTH_MAX,
    verdictOf: httpVerdict,
    begin: () => ({
      standing: { kind: 'told-again' },
      requestFor: (notices) => {
        const { key, body } = groupNotificationOf(notices);
        const sign = (text: string, nowMs: number): Readonly<Record<string, string>> =>
          signatureHeaders(keys, { key, text, nowMs });
        return { ...address, key, body, sign };
      },
    }),
  };
}

/**
 * Receivers as they are written, `URL` or `NAME=URL`, and the keys that bodies to them are signed with. User and password in a
 * URL are sent as Basic authentication.
 *
 * @throws AppError RECEIVER_INVALID, whose message never shows a URL or a key.
 */
export function webhookReceivers(entries: readonly string[], keys = ''): readonly Receiver[] {
  const keysOf = signingKeys(keys);
  return namedEntries(entries, 'webhook').map(({ name, value, number }) =>
    webhookReceiver(name, addressOf(value, `Webhook ${number}`), keysOf(name)),
  );
}
