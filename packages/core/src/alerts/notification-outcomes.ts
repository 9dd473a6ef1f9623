/** What became of a notification at one receiver; of these `waiting` alone is not the end of it. */
export const NOTIFICATION_OUTCOMES = ['delivered', 'waiting', 'failed', 'inhibited', 'silenced'] as const;
export type NotificationOutcome = (typeof NOTIFICATION_OUTCOMES)[number];
