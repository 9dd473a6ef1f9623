import type { Variables } from '@burnline/runtime';
import { alertmanager } from './alertmanager/alertmanager-receiver.ts';
import { opsgenie } from './opsgenie/opsgenie-receiver.ts';
import type { Receiver, ReceiverKind } from './receiver.ts';
import { webhook } from './webhook/webhook-receiver.ts';

/** Every API that can be told; each has a folder here, and its own part of test/contract/receivers. */
export const RECEIVER_KINDS: readonly ReceiverKind[] = [webhook, alertmanager, opsgenie];

export const RECEIVER_VARIABLES: Variables = Object.assign(
  {},
  ...RECEIVER_KINDS.map(({ variables }) => variables),
) as Variables;

/** All receivers that a configuration names. Throws RECEIVER_INVALID. */
export function receiversOf(config: Readonly<Record<string, unknown>>): readonly Receiver[] {
  return RECEIVER_KINDS.flatMap((kind) => kind.read(config));
}
