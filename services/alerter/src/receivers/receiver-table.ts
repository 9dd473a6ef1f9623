import { listVariable, optional, type Config, type Variables } from '@burnline/runtime';
import { receiverInvalid } from './address.ts';
import { alertPageOf, changePageOf, CONSOLE_VARIABLE } from './console-links.ts';
import { alertmanager } from './alertmanager/alertmanager-receiver.ts';
import { email } from './email/email-receiver.ts';
import { opsgenie } from './opsgenie/opsgenie-receiver.ts';
import { pagerduty } from './pagerduty/pagerduty-receiver.ts';
import type { Receiver, ReceiverKind } from './receiver.ts';
import { slack } from './slack/slack-receiver.ts';
import { teams } from './teams/teams-receiver.ts';
import { webhook } from './webhook/webhook-receiver.ts';

/** Everything that can be told; each has a folder here, and its own part of test/contract/receivers. */
export const RECEIVER_KINDS: readonly ReceiverKind[] = [
  webhook,
  alertmanager,
  opsgenie,
  pagerduty,
  slack,
  teams,
  email,
];

const DEFAULT_VARIABLE = {
  BURNLINE_DEFAULT_RECEIVERS: optional(
    listVariable,
    'Names of the receivers that hear of alerts which no route takes, separated by commas; the others hear of what a route names them for alone. Not set: all receivers hear of them.',
  ),
};

export const RECEIVER_VARIABLES: Variables = {
  ...Object.fromEntries(RECEIVER_KINDS.flatMap(({ variables }) => Object.entries(variables))),
  ...DEFAULT_VARIABLE,
  ...CONSOLE_VARIABLE,
};

/** All receivers that a configuration names, each by a name of its own. Throws RECEIVER_INVALID. */
export function receiversOf(config: Readonly<Record<string, unknown>>): readonly Receiver[] {
  const { BURNLINE_DEFAULT_RECEIVERS: defaults, BURNLINE_CONSOLE_URL: consoleUrl } = config as Config<
    typeof DEFAULT_VARIABLE & typeof CONSOLE_VARIABLE
  >;
  const receivers = RECEIVER_KINDS.flatMap((kind) => kind.read(config)).map((receiver) =>
    consoleUrl === undefined ? receiver : withPages(receiver, consoleUrl),
  );
  const names = receivers.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw receiverInvalid(
      `Two receivers are named ${twice}.`,
      'Give each a name of its own, as NAME= before what it is reached by.',
    );
  if (defaults === undefined) return receivers;
  const unknown = defaults.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw receiverInvalid(
      `BURNLINE_DEFAULT_RECEIVERS names ${unknown}, and no receiver has that name.`,
      `There are: ${names.join(', ') || 'none'}.`,
    );
  return receivers.map((receiver) => ({ ...receiver, isRoutedOnly: !defaults.includes(receiver.name) }));
}

/** Tells of everything with its page in the console. */
function withPages(receiver: Receiver, consoleUrl: string): Receiver {
  const { changes } = receiver;
  return {
    ...receiver,
    begin: () => {
      const voice = receiver.begin();
      return {
        standing: voice.standing,
        requestFor: (notices, nowMs) =>
          voice.requestFor(
            notices.map((notice) => {
              const page = alertPageOf(consoleUrl, notice);
              return page === null ? notice : { ...notice, page };
            }),
            nowMs,
          ),
      };
    },
    ...(changes !== undefined && {
      changes: {
        ...changes,
        requestFor: (change) => {
          const page = changePageOf(consoleUrl, change);
          return changes.requestFor(page === null ? change : { ...change, page });
        },
      },
    }),
  };
}
