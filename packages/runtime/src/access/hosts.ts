import { BlockList, isIP } from 'node:net';

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
 * Whether a request may be for this server by its header `host`: by a name that is known, or by the address that it came in at. A
 * web page may point a name of its own at this machine (DNS rebinding); an address cannot be pointed elsewhere.
 */
export function isKnownHost(
  host: string,
  { names, localAddress }: { readonly names: readonly string[]; readonly localAddress: string | undefined },
): boolean {
  const name = hostName(host);
  if (name === '') return false;
  if (isLoopback(name) || names.some((known) => known.toLowerCase() === name)) return true;
  return isIP(name) !== 0 && name === plainAddress(localAddress ?? '');
}

/** Without the port, the brackets of an IPv6 address, and the root's dot; empty for what is no host. */
function hostName(host: string): string {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host);
  return (parts?.[1] ?? parts?.[2] ?? '').toLowerCase().replace(/\.$/, '');
}
