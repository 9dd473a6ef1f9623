export { checkPolicies } from './acting/policy-notices.ts';
export { checkRoutes } from './acting/route-around.ts';
export { changeHearers, tellChanges } from './acting/tell-changes.ts';
export { startActing } from './acting/start-acting.ts';
export { Decider } from './deciding/decider.ts';
export type { DeciderParts } from './deciding/decider.ts';
export { GROUP_FROM_DEFAULT } from './deciding/evidence.ts';
export { endAlert } from './deciding/end-alert.ts';
export type { JudgedSlos } from './deciding/judged-slos.ts';
export { Speakers } from './notifying/speakers.ts';
export { Notifier } from './notifying/notifier.ts';
export { tellTest, type TestAnswer } from './notifying/test-notification.ts';
export type { NotifierParts } from './notifying/notifier-parts.ts';
export { alertmanagerReceiver } from './receivers/alertmanager/alertmanager-receiver.ts';
export type { Telling } from './receivers/notice.ts';
export type { Receiver, ReceiverKind } from './receivers/receiver.ts';
export { RECEIVER_KINDS, RECEIVER_VARIABLES, receiversOf } from './receivers/receiver-table.ts';
export { entriesOf } from './receivers/named-entries.ts';
export {
  WEBHOOK_KEYS_VARIABLE,
  webhookReceiver,
  webhookReceivers,
} from './receivers/webhook/webhook-receiver.ts';
export { StreamSlos } from './deciding/stream-slos.ts';
export { startDecider, startNotifier } from './start-alerter.ts';
export { ALERTER_VARIABLES } from './alerter-variables.ts';
export { addSilence, endSilence, type SilenceRequest } from './silencing/change-silences.ts';
export { silenceActions } from './silencing/silence-actions.ts';
export { SilenceClock } from './silencing/silence-times.ts';
export { readSilences, type Silence } from './silencing/silences.ts';
