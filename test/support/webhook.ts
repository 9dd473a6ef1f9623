import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WebhookLog {
  readonly url: string;
  /** Every request's decision key, in the order of arrival, repeats included. */
  readonly keys: string[];
  readonly bodies: Record<string, unknown>[];
  /** When each came, by `performance.now()`. */
  readonly receivedMs: number[];
  close(): Promise<void>;
}

/** A real receiver that keeps what it gets, at once, and answers after a while. */
export async function startWebhook(options: { readonly answerAfterMs?: number } = {}): Promise<WebhookLog> {
  const keys: string[] = [];
  const bodies: Record<string, unknown>[] = [];
  const receivedMs: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
      keys.push(String(request.headers['idempotency-key']));
      bodies.push(body);
      receivedMs.push(performance.now());
      setTimeout(() => response.writeHead(204).end(), options.answerAfterMs ?? 0);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`,
    keys,
    bodies,
    receivedMs,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
