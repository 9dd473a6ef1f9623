import type { ConsoleLink } from '../console-links.ts';

/** Longer addresses are cut there, and then lead nowhere. */
export const LINK_LENGTH_MAX = 2_000;

/** Links of an event, alerts' and changes' alike; without any it has no such field. */
export function linksOf(links: readonly (ConsoleLink | null)[]): object {
  const fitting = links.filter((link) => link !== null && link.href.length <= LINK_LENGTH_MAX);
  return fitting.length === 0 ? {} : { links: fitting };
}
