import type { Socket } from 'node:net';

export interface PlaceLimits {
  readonly maxConnections: number;
  readonly maxPerAddress: number;
}

/** Files of the process are bounded too: most systems allow 1024, and the database needs its own. */
export const DEFAULT_PLACE_LIMITS: PlaceLimits = { maxConnections: 512, maxPerAddress: 256 };

interface Connection {
  readonly address: string;
  busyCount: number;
  isTrusted: boolean;
}

/**
 * Who keeps a connection when there are too many. A newcomer is not refused: the oldest connection that does nothing gives way, half
 * open ones first of all. Connections over which the pipeline has proved itself, and those with a query under way, are kept.
 */
export class ConnectionPlaces {
  readonly #limits: PlaceLimits;
  /** In the order of their last use. */
  readonly #connections = new Map<Socket, Connection>();
  readonly #countByAddress = new Map<string, number>();

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /** Takes a new connection in, at the cost of another or, if all others are at work, of itself. */
  add(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const isCrowded = (this.#countByAddress.get(address) ?? 0) >= this.#limits.maxPerAddress;
    const isFull = this.#connections.size >= this.#limits.maxConnections;
    if (isCrowded || isFull) {
      const victim = this.#oldestIdle(isCrowded ? address : undefined);
      if (victim === undefined) {
        socket.destroy();
        return;
      }
      this.#remove(victim);
      victim.destroy();
    }
    this.#connections.set(socket, { address, busyCount: 0, isTrusted: false });
    this.#countByAddress.set(address, (this.#countByAddress.get(address) ?? 0) + 1);
    socket.once('close', () => {
      this.#remove(socket);
    });
  }

  /** The pipeline has proved itself over it: it is not counted against its address any more. */
  trust(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined || connection.isTrusted) return;
    connection.isTrusted = true;
    this.#release(connection.address);
  }

  /** Keeps the connection until the function that it returns is called. */
  keep(socket: Socket): () => void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return () => undefined;
    connection.busyCount += 1;
    return () => {
      connection.busyCount -= 1;
      // To the end of the line.
      if (this.#connections.delete(socket)) this.#connections.set(socket, connection);
    };
  }

  #oldestIdle(address: string | undefined): Socket | undefined {
    for (const [socket, connection] of this.#connections) {
      if (connection.isTrusted || connection.busyCount > 0) continue;
      if (address === undefined || connection.address === address) return socket;
    }
    return undefined;
  }

  #remove(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    this.#connections.delete(socket);
    if (!connection.isTrusted) this.#release(connection.address);
  }

  #release(address: string): void {
    const count = (this.#countByAddress.get(address) ?? 1) - 1;
    if (count === 0) this.#countByAddress.delete(address);
    else this.#countByAddress.set(address, count);
  }
}
