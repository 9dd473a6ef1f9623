import { HOUR_MS, MINUTE_MS } from '@burnline/core';
import { alertIdOf, type ServiceChange } from '@burnline/queries';
import { optional, urlVariable } from '@burnline/runtime';
import type { Link, Notice } from './notice.ts';

export const CONSOLE_VARIABLE = {
  BURNLINE_CONSOLE_URL: optional(
    urlVariable,
    'Where people reach the console, with the path that it is behind: notifications and change events link to its pages. Not set: they do not.',
  ),
};

/** A stream that an address does not name is this one. */
const LIVE = 'live';
/** What a value is cut at when it is written down: a longer one is told by no test. */
const VALUE_LENGTH_MAX = 200;

/** The page of an alert; null for what is none: a policy's level, a test, an alert of which no fire is in the log. */
export function alertPageOf(
  consoleUrl: string | undefined,
  { telling, isTest }: Pick<Notice, 'telling' | 'isTest'>,
): Link | null {
  const { decision, firedAtMs } = telling;
  if (consoleUrl === undefined || isTest || firedAtMs === null || decision.evidence.policy !== undefined)
    return null;
  const id = alertIdOf({ firedAtMs, alertKey: decision.alertKey });
  return { name: 'console', href: hrefOf(consoleUrl, 'alert', { id }), text: 'The alert in Burnline' };
}

/** The page of what changed: events that have the new value, from the first one on, or the SLO that is judged otherwise. */
export function changePageOf(
  consoleUrl: string | undefined,
  { service, what, value, firstMs, stream }: ServiceChange & { readonly stream: string },
): Link | null {
  if (consoleUrl === undefined) return null;
  const named: Readonly<Record<string, string>> = stream === LIVE ? {} : { stream };
  if (what === 'spec_revision') {
    const [slo = '', revision] = value.split(' ');
    return revision === 'removed'
      ? { name: 'console', href: hrefOf(consoleUrl, 'specs', named), text: 'The specs in Burnline' }
      : { name: 'console', href: hrefOf(consoleUrl, 'slo', { slo, ...named }), text: 'The SLO in Burnline' };
  }
  const isTested = value.length < VALUE_LENGTH_MAX && !value.includes('\n');
  const where = [`service=${service}`, ...(isTested ? [`${what}=${value}`] : [])].join('\n');
  const fromMs = Math.floor(firstMs / MINUTE_MS) * MINUTE_MS;
  const stretch = { from: String(fromMs), to: String(fromMs + HOUR_MS) };
  return {
    name: 'console',
    href: hrefOf(consoleUrl, 'events', { ...stretch, where, ...named }),
    text: 'Its events in Burnline',
  };
}

/** A login that stands in the address is for whoever configures it, and goes to nobody. */
function hrefOf(consoleUrl: string, page: string, query: Readonly<Record<string, string>>): string {
  const url = new URL(consoleUrl);
  url.username = '';
  url.password = '';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${page}`;
  url.search = new URLSearchParams(query).toString();
  url.hash = '';
  return url.href;
}
