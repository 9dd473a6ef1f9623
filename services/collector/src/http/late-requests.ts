import type { IncomingMessage } from 'node:http';

/**
 * Whether a request comes behind an answer that has ended its connection, which is then cut. A client may send several
 * requests without waiting; nobody would hear this one's answer, and Node 20 ends the process where it is finished before that
 * of a request between them (an assertion of its own, in `resOnFinish`).
 */
export function isLate({ socket }: IncomingMessage): boolean {
  if (!socket.writableEnded && !socket.destroyed) return false;
  socket.destroy();
  return true;
}
