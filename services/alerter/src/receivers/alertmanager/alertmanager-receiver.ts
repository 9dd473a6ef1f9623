import { optional, textVariable } from '@burnline/runtime';
import { addressOf } from '../address.ts';
import { CONSOLE_VARIABLE } from '../console-links.ts';
import { httpVerdict } from '../http-verdict.ts';
import { receiverKind, type Receiver, type Voice } from '../receiver.ts';
import { ALERTS_PER_POST, StandingAlerts } from './standing-alerts.ts';

const KEY_LENGTH_MAX = 200;

export const alertmanager = receiverKind({
  name: 'alertmanager',
  variables: {
    BURNLINE_ALERTMANAGER_URL: optional(
      textVariable,
      'Alertmanager to post alerts to, `http://host:9093`: the part before `/api/v2/alerts`.',
    ),
    ...CONSOLE_VARIABLE,
  },
  read: ({ BURNLINE_ALERTMANAGER_URL: url, BURNLINE_CONSOLE_URL: consoleUrl }) =>
    url === undefined ? [] : [alertmanagerReceiver(url, consoleUrl)],
});

/** An Alertmanager, by its address; a path prefix is kept. Throws RECEIVER_INVALID. */
export function alertmanagerReceiver(address: string, consoleUrl?: string): Receiver {
  const { url: base, ...login } = addressOf(address, 'BURNLINE_ALERTMANAGER_URL');
  const url = `${base.replace(/\/+$/, '')}/api/v2/alerts`;
  return {
    name: 'alertmanager',
    bundling: 'batch',
    bundleLengthMax: ALERTS_PER_POST,
    verdictOf: httpVerdict,
    begin: () => voiceOf({ url, ...login }, consoleUrl),
  };
}

function voiceOf(address: ReturnType<typeof addressOf>, consoleUrl: string | undefined): Voice {
  const alerts = new StandingAlerts(consoleUrl);
  return {
    standing: {
      kind: 'posted-again',
      settle: (decision) => {
        alerts.settle(decision);
      },
      posts: (nowMs) => alerts.posts(nowMs).map((body) => ({ ...address, key: `standing|${nowMs}`, body })),
    },
    requestFor: (notices, nowMs) => {
      const keys = notices.map(({ telling }) => telling.key).join(',');
      const body = notices.flatMap((notice) => alerts.alertsOf(notice, nowMs));
      return { ...address, key: keys.slice(0, KEY_LENGTH_MAX), body };
    },
  };
}
