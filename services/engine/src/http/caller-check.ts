import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { ClickHouseError } from './clickhouse-error.ts';
import { header } from './http-parameters.ts';

/** Throws ClickHouseError 497 (HTTP 403) for a request that a foreign web page made somebody's browser send. */
export type CheckCaller = (headers: IncomingMessage['headers']) => void;

/**
 * A browser sends requests to loopback for any page that it shows, with the rights of the machine it runs on. Three marks tell
 * them from a program's: an `Origin` that is not this port, a `Sec-Fetch-Site` of another site, and a `Host` that is neither an
 * address nor known here, which is what a page shows whose name was rebound to this address. An address cannot be rebound.
 *
 * `allowedHosts` are names, without a port, by which this port is known; an origin of such a name is not foreign.
 */
export function createCallerCheck(allowedHosts: readonly string[]): CheckCaller {
  const names = new Set(['localhost', ...allowedHosts.map((name) => name.toLowerCase())]);
  return (headers) => {
    // HTTP/1.0 knows no Host, and browsers always send one.
    const host = header(headers, 'host');
    if (host !== undefined && !isKnownHost(host, names)) {
      throw refusal(`the Host ${quoted(host)} is not known here`, host);
    }
    const origin = header(headers, 'origin');
    if (origin !== undefined && !isOwnOrigin(origin, host, allowedHosts)) {
      throw refusal(`the Origin ${quoted(origin)} is foreign`, origin);
    }
    const site = header(headers, 'sec-fetch-site');
    if (origin === undefined && (site === 'cross-site' || site === 'same-site')) {
      throw refusal("the request was made by another site's page", undefined);
    }
  };
}

function isKnownHost(host: string, names: ReadonlySet<string>): boolean {
  const name = hostName(`http://${host}`);
  if (name === undefined) return false;
  return names.has(name) || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

function isOwnOrigin(origin: string, host: string | undefined, allowedHosts: readonly string[]): boolean {
  if (origin === `http://${host ?? ''}`) return true;
  const name = hostName(origin);
  return name !== undefined && allowedHosts.some((allowed) => allowed.toLowerCase() === name);
}

/** Lower case, brackets kept; undefined for what is no URL. */
function hostName(url: string): string | undefined {
  try {
    const parsed = new URL(url);
    return parsed.username === '' && parsed.pathname === '/' ? parsed.hostname : undefined;
  } catch {
    return undefined;
  }
}

const MAX_QUOTED_CHARACTERS = 100;

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, MAX_QUOTED_CHARACTERS));
}

function refusal(why: string, named: string | undefined): ClickHouseError {
  const remedy =
    named === undefined
      ? 'Send queries from a program, not from a web page'
      : 'If it is yours, name its host in BURNLINE_ENGINE_ALLOWED_HOSTS, or in --sql-allowed-host of `burnline up`';
  return new ClickHouseError(497, 'ACCESS_DENIED', `Not answered: ${why}. ${remedy}`);
}
