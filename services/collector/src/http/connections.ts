import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Http2SecureServer } from 'node:http2';
import type { Server as TlsServer } from 'node:https';
import type { Server as NetServer, Socket } from 'node:net';

/** Of TLS, on either port: a client that means it is through within some hundred milliseconds. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * A connection by its client's end: under TLS the socket that is accepted is not the one that requests come on, and both know
 * this. Undefined once it is closed.
 */
function endOf({ remoteAddress, remotePort }: Socket): string | undefined {
  return remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort ?? ''}`;
}

/** Open connections by their ends: those that give way to new ones, the oldest first, and those that do not. */
interface Places {
  readonly yielding: Map<string, Socket>;
  readonly held: Map<string, Socket>;
}

/** Bounds a server's connections: new ones give way themselves only where none of the others does. */
function boundPlaces(server: NetServer, connectionsMax: number): Places {
  const [yielding, held] = [new Map<string, Socket>(), new Map<string, Socket>()];
  server.on('connection', (socket: Socket) => {
    const end = endOf(socket);
    if (end === undefined) return;
    if (yielding.size + held.size >= connectionsMax) {
      const [oldest] = yielding;
      (oldest?.[1] ?? socket).destroy();
      if (oldest === undefined) return;
      yielding.delete(oldest[0]);
    }
    yielding.set(end, socket);
    socket.once('close', () => {
      // Another connection may have come from the same end by now.
      for (const sockets of [yielding, held]) if (sockets.get(end) === socket) sockets.delete(end);
    });
  });
  return { yielding, held };
}

/**
 * Bounds a server's connections. One that is idle, has not sent a whole head yet or has not made its handshake gives way to
 * a new one, the oldest first: so nobody holds out others by opening connections and saying nothing. Only where each has a
 * request under way is a new one refused.
 */
export function boundConnections(server: Server | TlsServer, connectionsMax: number): void {
  const { yielding: idle, held: busy } = boundPlaces(server, connectionsMax);
  const requestCounts = new WeakMap<Socket, number>();
  const onRequest = ({ socket: requested }: IncomingMessage, response: ServerResponse): void => {
    const end = endOf(requested);
    const socket = end === undefined ? undefined : (idle.get(end) ?? busy.get(end));
    if (end === undefined || socket === undefined) return;
    idle.delete(end);
    busy.set(end, socket);
    requestCounts.set(socket, (requestCounts.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (requestCounts.get(socket) ?? 1) - 1;
      requestCounts.set(socket, left);
      if (left > 0 || busy.get(end) !== socket) return;
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
  const { yielding: silent, held: through } = boundPlaces(server, connectionsMax);
  server.on('secureConnection', (secured: Socket) => {
    const end = endOf(secured);
    const socket = end === undefined ? undefined : silent.get(end);
    if (end === undefined || socket === undefined) return;
    silent.delete(end);
    through.set(end, socket);
  });
}
