import type { IncomingMessage } from 'node:http';

/** Bodies that are refused are read on for so long and so far: many a client reads no answer before it has sent its body. */
const DISCARDED_BYTES_MAX = 64 * 1024 * 1024;
const DISCARDING_MS = 10_000;
const LOOK_MS = 250;

/**
 * Reads what is left of a refused request and keeps none of it, so that the client can finish sending and sees the answer
 * instead of a broken pipe. Resolves at the end of the request; a client that goes on for too long is cut off.
 */
export function discardRest(request: IncomingMessage): Promise<void> {
  const { socket } = request;
  if (request.complete || socket.destroyed) return Promise.resolve();
  const [startBytes, startMs] = [socket.bytesRead, performance.now()];
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const isOver =
        socket.bytesRead - startBytes > DISCARDED_BYTES_MAX || performance.now() - startMs > DISCARDING_MS;
      if (isOver) socket.destroy();
    }, LOOK_MS).unref();
    const end = (): void => {
      clearInterval(timer);
      resolve();
    };
    request.once('end', end).once('close', end);
    request.resume();
  });
}
