import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { AppError } from '@burnline/core';

export interface BoundedAddress {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Beyond it the oldest connection makes room, so that who holds many keeps nobody out. */
  readonly connectionsMax: number;
  /** What it is rejected with where nothing can listen there. */
  readonly refused: (error: Error) => AppError;
}

/** Listens, with a bound on connections. A connection that cannot be accepted later is that client's loss, and no reason to end. */
export function listenBounded(
  server: Server,
  { host, port, connectionsMax, refused }: BoundedAddress,
): Promise<Server> {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    const [oldest] = open;
    if (open.size >= connectionsMax) oldest?.destroy();
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return new Promise((resolve, reject) => {
    const refuse = (error: Error): void => {
      reject(refused(error));
    };
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      server.on('error', () => undefined);
      resolve(server);
    });
  });
}
