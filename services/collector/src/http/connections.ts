import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Bounds a server's connections. One that is idle, or has not sent a whole head yet, gives way to a new one, the oldest
 * first: so nobody holds out others by opening connections and saying nothing. Only where each has a request under way is
 * a new one refused.
 */
export function boundConnections(server: Server, connectionsMax: number): void {
  /** In the order in which they became idle. */
  const idle = new Set<Socket>();
  const busy = new Map<Socket, number>();
  server.on('connection', (socket: Socket) => {
    if (idle.size + busy.size >= connectionsMax) {
      const [oldest] = idle;
      (oldest ?? socket).destroy();
      if (oldest === undefined) return;
      idle.delete(oldest);
    }
    idle.add(socket);
    socket.once('close', () => {
      idle.delete(socket);
      busy.delete(socket);
    });
  });
  const onRequest = ({ socket }: IncomingMessage, response: ServerResponse): void => {
    idle.delete(socket);
    busy.set(socket, (busy.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (busy.get(socket) ?? 1) - 1;
      if (left > 0) {
        busy.set(socket, left);
        return;
      }
      busy.delete(socket);
      if (!socket.destroyed) idle.add(socket);
    });
  };
  server.prependListener('request', onRequest);
  server.prependListener('checkContinue', onRequest);
}
