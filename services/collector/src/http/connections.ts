import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Http2SecureServer } from 'node:http2';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';

/** Of TLS, on either port: a client that means it is through within some hundred milliseconds. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * A connection by its client's end: under TLS the socket that is accepted is not the one that requests come on, and both know
 * this. Undefined once it is closed.
 */
function endOf({ remoteAddress, remotePort }: Socket): string | undefined {
  return remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort ?? ''}`;
}

/**
 * Bounds a server's connections. One that is idle, has not sent a whole head yet or has not made its handshake gives way to
 * a new one, the oldest first: so nobody holds out others by opening connections and saying nothing. Only where each has a
 * request under way is a new one refused.
 */
export function boundConnections(server: Server | TlsServer, connectionsMax: number): void {
  /** In the order in which they became idle. */
  const idle = new Map<string, Socket>();
  const busy = new Map<string, { readonly socket: Socket; requests: number }>();
  server.on('connection', (socket: Socket) => {
    const end = endOf(socket);
    if (end === undefined) return;
    if (idle.size + busy.size >= connectionsMax) {
      const [oldest] = idle;
      (oldest?.[1] ?? socket).destroy();
      if (oldest === undefined) return;
      idle.delete(oldest[0]);
    }
    idle.set(end, socket);
    socket.once('close', () => {
      // Another connection may have come from the same end by now.
      if (idle.get(end) === socket) idle.delete(end);
      if (busy.get(end)?.socket === socket) busy.delete(end);
    });
  });
  const onRequest = ({ socket: requested }: IncomingMessage, response: ServerResponse): void => {
    const end = endOf(requested);
    const socket = end === undefined ? undefined : (idle.get(end) ?? busy.get(end)?.socket);
    if (end === undefined || socket === undefined) return;
    idle.delete(end);
    const working = busy.get(end) ?? { socket, requests: 0 };
    working.requests += 1;
    busy.set(end, working);
    response.once('close', () => {
      working.requests -= 1;
      if (working.requests > 0 || busy.get(end) !== working) return;
      busy.delete(end);
      if (!socket.destroyed) idle.set(end, socket);
    });
  };
  server.prependListener('request', onRequest);
  server.prependListener('checkContinue', onRequest);
}

/**
 * Bounds the connections of a server of HTTP/2 over TLS, whose sessions are bounded by themselves: one that has not made its
 * handshake gives way to a new one, the oldest first.
 */
export function boundHandshakes(server: Http2SecureServer, connectionsMax: number): void {
  /** In the order in which they came. */
  const silent = new Map<string, Socket>();
  const through = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const end = endOf(socket);
    if (end === undefined) return;
    if (silent.size + through.size >= connectionsMax) {
      const [oldest] = silent;
      (oldest?.[1] ?? socket).destroy();
      if (oldest === undefined) return;
      silent.delete(oldest[0]);
    }
    silent.set(end, socket);
    socket.once('close', () => {
      // Another connection may have come from the same end by now.
      for (const sockets of [silent, through]) if (sockets.get(end) === socket) sockets.delete(end);
    });
  });
  server.on('secureConnection', (secured: Socket) => {
    const end = endOf(secured);
    const socket = end === undefined ? undefined : silent.get(end);
    if (end === undefined || socket === undefined) return;
    silent.delete(end);
    through.set(end, socket);
  });
}
