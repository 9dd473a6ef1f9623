import { optional, orElse, textVariable } from '@burnline/runtime';
import { addressOf, receiverInvalid } from '../address.ts';
import { httpVerdict } from '../http-verdict.ts';
import { entriesOf, namedEntries } from '../named-entries.ts';
import { receiverKind, type Receiver } from '../receiver.ts';
import { eventOf } from './pagerduty-events.ts';

export const pagerduty = receiverKind({
  name: 'pagerduty',
  variables: {
    BURNLINE_PAGERDUTY_ROUTING_KEYS: optional(
      textVariable,
      'Integration keys of services in PagerDuty (Events API v2), `KEY` or `NAME=KEY`, separated by spaces or lines: alerts are triggered and resolved there. Or `BURNLINE_PAGERDUTY_ROUTING_KEYS_FILE`.',
    ),
    BURNLINE_PAGERDUTY_URL: orElse(
      textVariable,
      'https://events.pagerduty.com',
      'Where they are: the part before `/v2/enqueue`. `https://events.eu.pagerduty.com` in Europe.',
    ),
  },
  read: ({ BURNLINE_PAGERDUTY_ROUTING_KEYS: keys, BURNLINE_PAGERDUTY_URL: url }) =>
    namedEntries(entriesOf(keys ?? ''), 'pagerduty').map(({ name, value, number }) => {
      if (!/^[A-Za-z0-9]{32}$/.test(value))
        throw receiverInvalid(
          `PagerDuty's routing key ${number} is none: it has 32 letters and digits.`,
          'Copy the integration key of an Events API v2 integration, as KEY or NAME=KEY.',
        );
      return pagerdutyReceiver(name, value, url);
    }),
});

/** One service in PagerDuty. It keeps alerts, and wakes people, until they are resolved. */
function pagerdutyReceiver(name: string, routingKey: string, address: string): Receiver {
  const { url: base, ...login } = addressOf(address, 'BURNLINE_PAGERDUTY_URL');
  const url = `${base.replace(/\/+$/, '')}/v2/enqueue`;
  return {
    name,
    bundling: 'each',
    bundleLengthMax: 1,
    verdictOf: httpVerdict,
    begin: () => ({
      standing: { kind: 'kept' },
      requestFor: ([notice]) => {
        if (notice === undefined) throw new TypeError('there is something to tell');
        return { url, ...login, key: notice.telling.key, body: eventOf(notice, routingKey) };
      },
    }),
  };
}
