import { listVariable, optional, orElse, textVariable } from '@burnline/runtime';
import { addressOf, receiverInvalid } from '../address.ts';
import { httpVerdict } from '../http-verdict.ts';
import { entriesOf, namedEntries } from '../named-entries.ts';
import { receiverKind, type Receiver } from '../receiver.ts';
import { changeEventOf } from './change-events.ts';
import { eventOf } from './pagerduty-events.ts';

export const pagerduty = receiverKind({
  name: 'pagerduty',
  variables: {
    BURNLINE_PAGERDUTY_ROUTING_KEYS: optional(
      textVariable,
      'Integration keys of services in PagerDuty (Events API v2), `KEY` or `NAME=KEY`, separated by spaces or lines: alerts are triggered and resolved there. Or `BURNLINE_PAGERDUTY_ROUTING_KEYS_FILE`.',
    ),
    BURNLINE_PAGERDUTY_CHANGES: optional(
      listVariable,
      'Which of them get change events, `NAME` for changes of all services or `NAME=SERVICE` for those of one, separated by commas. Not set: none.',
    ),
    BURNLINE_PAGERDUTY_URL: orElse(
      textVariable,
      'https://events.pagerduty.com',
      'Where they are: the part before `/v2/enqueue`. `https://events.eu.pagerduty.com` in Europe.',
    ),
  },
  read: ({
    BURNLINE_PAGERDUTY_ROUTING_KEYS: keys,
    BURNLINE_PAGERDUTY_URL: url,
    BURNLINE_PAGERDUTY_CHANGES: changes,
  }) => {
    const entries = namedEntries(entriesOf(keys ?? ''), 'pagerduty');
    const servicesOf = readChanges(
      changes ?? [],
      entries.map(({ name }) => name),
    );
    return entries.map(({ name, value, number }) => {
      if (!/^[A-Za-z0-9]{32}$/.test(value))
        throw receiverInvalid(
          `PagerDuty's routing key ${number} is none: it has 32 letters and digits.`,
          'Copy the integration key of an Events API v2 integration, as KEY or NAME=KEY.',
        );
      return pagerdutyReceiver({ name, routingKey: value, address: url, services: servicesOf(name) });
    });
  },
});

/** Receivers that hear of changes, each with the services that it is for. Throws RECEIVER_INVALID. */
function readChanges(
  entries: readonly string[],
  names: readonly string[],
): (name: string) => readonly string[] | null {
  const pairs = entries.map((entry) => {
    const [name = '', ...service] = entry.split('=');
    return { name, service: service.join('=') };
  });
  const unknown = pairs.find(({ name }) => !names.includes(name));
  if (unknown !== undefined)
    throw receiverInvalid(
      `BURNLINE_PAGERDUTY_CHANGES names ${unknown.name}, and no service in PagerDuty has that name.`,
      `Write NAME or NAME=SERVICE. There are: ${names.join(', ') || 'none'}.`,
    );
  return (name) => {
    const own = pairs.filter((one) => one.name === name).map(({ service }) => service);
    if (own.length === 0) return null;
    return own.includes('') ? [] : own;
  };
}

/** One service in PagerDuty. It keeps alerts, and wakes people, until they are resolved. */
function pagerdutyReceiver({
  name,
  routingKey,
  address,
  services,
}: {
  readonly name: string;
  readonly routingKey: string;
  readonly address: string;
  /** Whose changes it hears of; empty: all; null: none. */
  readonly services: readonly string[] | null;
}): Receiver {
  const { url: base, ...login } = addressOf(address, 'BURNLINE_PAGERDUTY_URL');
  const root = base.replace(/\/+$/, '');
  const url = `${root}/v2/enqueue`;
  return {
    name,
    bundling: 'each',
    bundleLengthMax: 1,
    verdictOf: httpVerdict,
    ...(services !== null && {
      changes: {
        services,
        requestFor: (change) => ({
          ...{ ...login, url: `${root}/v2/change/enqueue`, key: change.key },
          body: changeEventOf(change, routingKey),
        }),
      },
    }),
    begin: () => ({
      standing: { kind: 'kept' },
      requestFor: ([notice]) => {
        if (notice === undefined) throw new TypeError('there is something to tell');
        return { url, ...login, key: notice.telling.key, body: eventOf(notice, routingKey) };
      },
    }),
  };
}
