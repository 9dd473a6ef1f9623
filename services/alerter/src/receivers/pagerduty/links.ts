import type { Link } from '../notice.ts';

/** Longer addresses are cut there, and then lead nowhere. */
export const LINK_LENGTH_MAX = 2_000;

/** Links of an event, alerts' and changes' alike; without any it has no such field. */
export const eventLinksOf = (links: readonly Link[]): object =>
  links.length === 0 ? {} : { links: links.map(({ href, text }) => ({ href, text })) };
