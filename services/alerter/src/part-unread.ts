/**
 * Why a composite's page does not say where the bad events of its worst part came from, in `alert_contexts`: that is not read yet, or there
 * were too many to read. Until then a page waits for it as long as for anything that stands beside its decision.
 */
export const PART_UNREAD = 'PART_UNREAD';
