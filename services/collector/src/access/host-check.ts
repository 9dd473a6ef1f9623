import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { isKnownHost } from '@burnline/runtime';
import { intakeError } from '../http/intake-error.ts';

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
  if (host !== undefined && !isKnownHost(host, { names, localAddress: request.socket.localAddress })) {
    throw intakeError('COLLECTOR_HOST_REFUSED', `This intake does not answer as ${host.slice(0, 255)}`, {
      remedy:
        'Call it by its address, or add the name: BURNLINE_INTAKE_NAMES, or `burnline up --intake-name`.',
    });
  }
  const scheme = request.socket instanceof TLSSocket ? 'https' : 'http';
  if (origin !== undefined && origin !== `${scheme}://${host ?? ''}`) {
    throw intakeError('COLLECTOR_ORIGIN_REFUSED', 'A web page of another origin sent this request', {
      remedy: 'Send events from your service, not from a browser.',
    });
  }
}
