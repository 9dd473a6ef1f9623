import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const windowFigures = z.object({ seconds: z.number(), bad: z.number(), total: z.number() });
const notification = z.object({
  decision_key: z.string(),
  decision: z.string(),
  evaluated_at: z.string(),
  severity: z.string(),
  slo: z.string(),
  display_name: z.string(),
  service: z.string(),
  labels: z.record(z.string(), z.string()),
  stream: z.string(),
  tier: z.string(),
  target: z.string(),
  burn_rate_factor: z.number(),
  long_window: windowFigures,
  short_window: windowFigures,
  coverage: z.number(),
  attribution: z.array(
    z.object({ dimension: z.string(), value: z.string(), bad: z.number(), total: z.number() }),
  ),
});

export type Notification = z.infer<typeof notification>;

/** Notifications kept; a demo makes some hundred. */
const KEPT_MAX = 10_000;

/** A real receiver on loopback: what an on-call tool would get. A key that came before is answered and not kept twice. */
export class WebhookReceiver {
  readonly received = new Map<string, Notification>();
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const parsed = notification.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      if (parsed.success && this.received.size < KEPT_MAX)
        this.received.set(parsed.data.decision_key, parsed.data);
      response.writeHead(parsed.success ? 204 : 400).end();
    });
  });

  /** Starts listening on a free port; resolves to the URL. */
  listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => {
        resolve(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/page`);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.closeAllConnections();
      this.#server.close(() => {
        resolve();
      });
    });
  }
}
