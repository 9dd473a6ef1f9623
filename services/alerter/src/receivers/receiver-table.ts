import type { Variables } from '@burnline/runtime';
import { receiverInvalid } from './address.ts';
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

export const RECEIVER_VARIABLES: Variables = Object.assign(
  {},
  ...RECEIVER_KINDS.map(({ variables }) => variables),
) as Variables;

/** All receivers that a configuration names, each by a name of its own. Throws RECEIVER_INVALID. */
export function receiversOf(config: Readonly<Record<string, unknown>>): readonly Receiver[] {
  const receivers = RECEIVER_KINDS.flatMap((kind) => kind.read(config));
  const names = receivers.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return receivers;
  throw receiverInvalid(
    `Two receivers are named ${twice}.`,
    'Give each a name of its own, as NAME= before what it is reached by.',
  );
}
