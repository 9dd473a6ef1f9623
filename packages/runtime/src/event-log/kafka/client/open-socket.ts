import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

const KEEP_ALIVE_MS = 60_000;

export interface SocketAddress {
  readonly host: string;
  readonly port: number;
  /** Absent or null without TLS. */
  readonly ssl?: ConnectionOptions | null;
  readonly onConnect: () => void;
}

/** As kafkajs opens sockets by default; opened here, so that whoever holds one can cut it. */
export function openSocket({ host, port, ssl, onConnect }: SocketAddress): Socket {
  // A certificate names a host, and a name is asked for where there is one.
  const named = isIP(host) === 0 ? { servername: host } : {};
  const socket = ssl
    ? connectTls({ host, port, ...named, ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  return socket.setKeepAlive(true, KEEP_ALIVE_MS);
}
