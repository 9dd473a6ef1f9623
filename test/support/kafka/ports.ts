import { createServer } from 'node:net';

/**
 * Below the ports that systems hand out to outgoing connections (from 32768 on Linux): a broker that restarts finds its
 * port free again, whoever tried to connect to it meanwhile.
 */
const PORT_MIN = 12_000;
const PORT_MAX = 32_000;
const ATTEMPTS_MAX = 100;

/** A port of 127.0.0.1 that nothing listens on. It is not held: who starts a listener must cope with a race. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const port = PORT_MIN + Math.floor(Math.random() * (PORT_MAX - PORT_MIN));
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port on 127.0.0.1 in ${ATTEMPTS_MAX} tries between ${PORT_MIN} and ${PORT_MAX}`);
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
