export { Decider } from './deciding/decider.ts';
export type { DeciderParts, JudgedSlos } from './deciding/decider.ts';
export { Notifier } from './notifying/notifier.ts';
export type { NotifierParts } from './notifying/notifier.ts';
export { alertmanagerReceiver } from './notifying/webhook.ts';
export type { WebhookReceiver } from './notifying/webhook.ts';
export { StreamSlos } from './deciding/stream-slos.ts';
export { startDecider, startNotifier } from './start-alerter.ts';
export { ALERTER_VARIABLES } from './alerter-variables.ts';
