import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { intakeError } from '../http/intake-error.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether only processes of this machine reach this address. A name but localhost may lead anywhere. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host === 'localhost';
  return LOOPBACK.check(plainAddress(host), plainAddress(host).includes(':') ? 'ipv6' : 'ipv4');
}

/** An IPv4 address that a socket of both families shows as an IPv6 one. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/**
 * Refuses requests that a web page makes a browser send. A page may point a name of its own at this machine (DNS
 * rebinding), so a name has to be known here; an address cannot be pointed elsewhere. And a page of another origin has no
 * business here at all: there is no CORS.
 *
 * Throws COLLECTOR_HOST_MISSING, COLLECTOR_HOST_REFUSED or COLLECTOR_ORIGIN_REFUSED.
 */
export function checkHost(request: IncomingMessage, names: readonly string[]): void {
  const { host, origin } = request.headers;
  // Clients of HTTP/1.0 may leave it out; browsers never do.
  if (host === undefined && request.httpVersion !== '1.0') {
    throw intakeError('COLLECTOR_HOST_MISSING', 'The request does not say whom it is for', {
      remedy: 'Send the header `host`, as every client of HTTP/1.1 does.',
    });
  }
  if (host !== undefined && !isKnownHost(hostName(host), request, names)) {
    throw intakeError('COLLECTOR_HOST_REFUSED', `This intake does not answer as ${host.slice(0, 255)}`, {
      remedy:
        'Call it by its address, or add the name: BURNLINE_INTAKE_NAMES, or `burnline up --intake-name`.',
    });
  }
  if (origin !== undefined && origin !== `http://${host ?? ''}`) {
    throw intakeError('COLLECTOR_ORIGIN_REFUSED', 'A web page of another origin sent this request', {
      remedy: 'Send events from your service, not from a browser.',
    });
  }
}

function isKnownHost(name: string, request: IncomingMessage, names: readonly string[]): boolean {
  if (name === '') return false;
  if (isLoopback(name) || names.some((known) => known.toLowerCase() === name)) return true;
  return isIP(name) !== 0 && name === plainAddress(request.socket.localAddress ?? '');
}

/** Without the port, the brackets of an IPv6 address, and the root's dot; empty for what is no host. */
function hostName(host: string): string {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host);
  return (parts?.[1] ?? parts?.[2] ?? '').toLowerCase().replace(/\.$/, '');
}
