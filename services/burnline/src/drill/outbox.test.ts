import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createDrillEvents } from './drill-events.ts';
import { Outbox } from './outbox.ts';
import { OwnCount } from './own-count.ts';

let server: Server;
afterEach(() => server.close());

const newEvent = createDrillEvents(
  { drillId: 'd', provider: 'p', seed: 1 },
  { scenarios: ['outage'], phaseMs: 10_000, eventsPerSecond: 10 },
);
const events = Array.from({ length: 20 }, (_, index) => newEvent(index, Date.now()));

/** A real intake that answers so in turn, the last answer for ever; 0 cuts the connection. */
async function listen(...answers: readonly number[]): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = answers[Math.min(bodies.length, answers.length - 1)] ?? 200;
      bodies.push(Buffer.concat(chunks).toString('utf8'));
      if (status === 0) request.socket.destroy();
      else response.writeHead(status).end('why');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

function newCount(): OwnCount {
  const own = new OwnCount();
  for (const event of events) own.add(event, Date.now());
  return own;
}

it('sends the same again until it is acknowledged, and counts it then alone', async () => {
  const { url, bodies } = await listen(503, 0, 200);
  const own = newCount();
  const outbox = new Outbox(url, own);
  outbox.send(events, new AbortController().signal);
  expect(own.all().some((one) => one.isAcknowledged)).toBe(false);
  await outbox.drain();
  expect(own.all().every((one) => one.isAcknowledged)).toBe(true);
  expect(new Set(bodies).size).toBe(1);
  expect(outbox.counts).toEqual({ retried: 2, sentAgain: 0 });
});

it('stops at what is refused for good', async () => {
  const { url } = await listen(400);
  const own = newCount();
  const outbox = new Outbox(url, own);
  outbox.send(events, new AbortController().signal);
  await expect(outbox.drain()).rejects.toMatchObject({ code: 'DRILL_EVENTS_REFUSED' });
  expect(own.all().some((one) => one.isAcknowledged)).toBe(false);
});
