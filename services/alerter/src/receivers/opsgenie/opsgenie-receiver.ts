import { optional, orElse, textVariable } from '@burnline/runtime';
import { addressOf, receiverInvalid } from '../address.ts';
import { httpVerdict } from '../http-verdict.ts';
import { receiverKind, type Receiver } from '../receiver.ts';
import { actionOf } from './opsgenie-actions.ts';

export const opsgenie = receiverKind({
  name: 'opsgenie',
  variables: {
    BURNLINE_OPSGENIE_API_KEY: optional(
      textVariable,
      "Key of an API integration of Opsgenie, or of Jira Service Management's: alerts are opened, noted and closed there. Or `BURNLINE_OPSGENIE_API_KEY_FILE`.",
    ),
    BURNLINE_OPSGENIE_URL: orElse(
      textVariable,
      'https://api.opsgenie.com',
      'Where they are: the part before `/v2/alerts`. `https://api.eu.opsgenie.com` in Europe, `https://api.atlassian.com/jsm/ops/integration` for Jira Service Management.',
    ),
  },
  read: ({ BURNLINE_OPSGENIE_API_KEY: key, BURNLINE_OPSGENIE_URL: url }) =>
    key === undefined ? [] : [opsgenieReceiver(key, url)],
});

/** Alerts in Opsgenie (Alert API v2), each known by its key as the alias. It keeps them, and wakes people, until they are closed. */
function opsgenieReceiver(key: string, address: string): Receiver {
  const { url: base, headers: login } = addressOf(address, 'BURNLINE_OPSGENIE_URL');
  if (login !== undefined) {
    throw receiverInvalid(
      'BURNLINE_OPSGENIE_URL has a user or password.',
      'Leave them out: BURNLINE_OPSGENIE_API_KEY is what Opsgenie knows us by.',
    );
  }
  // What no header can hold, fetch would show in its error.
  if (!/^[!-~]+$/.test(key)) {
    throw receiverInvalid(
      'BURNLINE_OPSGENIE_API_KEY is no key: it has characters that no key has.',
      'Copy the key of the API integration, and nothing around it.',
    );
  }
  const headers = { authorization: `GenieKey ${key}` };
  const alerts = `${base.replace(/\/+$/, '')}/v2/alerts`;
  return {
    name: 'opsgenie',
    bundling: 'each',
    bundleLengthMax: 1,
    verdictOf: httpVerdict,
    begin: () => ({
      standing: { kind: 'kept' },
      requestFor: ([notice]) => {
        if (notice === undefined) throw new TypeError('there is something to tell');
        const { path, body } = actionOf(notice);
        return { url: alerts + path, headers, key: notice.telling.key, body };
      },
    }),
  };
}
