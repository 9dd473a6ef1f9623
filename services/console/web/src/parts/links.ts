import { writeUrlState } from './url-state.ts';

/** Addresses of the console's pages. All lie at one depth, so that relative references are right behind any prefix. */

export function sloLink(
  slo: string,
  series: string | null,
  more: Readonly<Record<string, string>> = {},
): string {
  return `/slo?${writeUrlState(more, { slo, series })}`;
}

export function alertLink(id: string): string {
  return `/alert?${writeUrlState({}, { id })}`;
}

export function eventLink(id: string): string {
  return `/event?${writeUrlState({}, { id })}`;
}

export function overviewLink(filters: Readonly<Record<string, string | null>>): string {
  return `/?${writeUrlState({}, filters)}`;
}
