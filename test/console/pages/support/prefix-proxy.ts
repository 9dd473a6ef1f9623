import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves a console under a path, which it takes away before it passes a request on; what is not under it is not found. */
export async function startPrefixProxy(
  console: string,
  prefix: string,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const target = new URL(console);
  const server = createServer((incoming, outgoing) => {
    const asked = incoming.url ?? '/';
    if (!asked.startsWith(`${prefix}/`)) {
      outgoing.writeHead(404).end();
      return;
    }
    const call = request(
      {
        ...{ host: target.hostname, port: target.port, method: incoming.method },
        path: asked.slice(prefix.length),
        // The host stays as it was asked for: pages of another origin than the console's own are refused.
        headers: incoming.headers,
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    call.on('error', () => outgoing.destroy());
    outgoing.on('close', () => call.destroy());
    incoming.pipe(call);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
