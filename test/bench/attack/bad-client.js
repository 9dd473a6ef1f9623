import { Agent, request } from 'node:http';

/** By its name none of it may be found in a table. */
export const BAD_SERVICE = 'bad-client';
const GOOD = { service: BAD_SERVICE, model_requested: 'm', status: 'ok', duration_ms: 12 };
const many = (event, count) => Array.from({ length: count }, () => event);

/** Bodies that no intake may take: some are refused at the first byte, some when all but the last record were good. */
const BODIES = [
  '{"service":',
  `${JSON.stringify(many(GOOD, 20)).slice(0, -1)},`,
  'not JSON at all',
  JSON.stringify({ ...GOOD, durationms: 12 }),
  JSON.stringify(
    many({ servicee: BAD_SERVICE, modelRequested: 'm', statuss: 'ok', durationMs: 1, inputtokens: 5 }, 20),
  ),
  JSON.stringify({ ...GOOD, duration_ms: 'twelve' }),
  JSON.stringify({ ...GOOD, status: 7, service: ['a'], attributes: 'none', measures: { a: 'b' } }),
  JSON.stringify([...many(GOOD, 19), { ...GOOD, status: 'fine' }]),
  JSON.stringify([1, null, 'text', [], {}]),
  many(JSON.stringify(GOOD), 19).join('\n') + '\n{"service":}',
  '[]'.repeat(100),
  '\u0000\u0001\u0002',
].map((text) => Buffer.from(text));

/** Requests under way: beyond it the client waits, as one with so many connections does. */
const IN_FLIGHT_MAX = 64;
const TICK_MS = 10;

/** Sends bad bodies at a rate until stopped; `stop` gives how many were answered, by status. */
export function startBadClient(intakeUrl, { bodiesPerSecond }) {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT_MAX });
  const statuses = {};
  const startMs = performance.now();
  let sent = 0;
  let inFlight = 0;
  const count = (status) => {
    inFlight -= 1;
    statuses[status] = (statuses[status] ?? 0) + 1;
  };
  const send = () => {
    inFlight += 1;
    const headers = { 'content-type': 'application/json' };
    const client = request(`${intakeUrl}/v1/events`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('close', () => count(answer.statusCode));
    });
    client.on('error', () => count('failed'));
    client.end(BODIES[sent % BODIES.length]);
    sent += 1;
  };
  let due = 0;
  let lastMs = startMs;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    // What could not be sent in time is not made up for.
    due = Math.min(due + ((nowMs - lastMs) / 1_000) * bodiesPerSecond, bodiesPerSecond / 5);
    lastMs = nowMs;
    for (; due >= 1 && inFlight < IN_FLIGHT_MAX; due -= 1) send();
  }, TICK_MS);
  return {
    async stop() {
      clearInterval(timer);
      const seconds = (performance.now() - startMs) / 1_000;
      while (inFlight > 0) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      agent.destroy();
      return { sent, perSecond: sent / seconds, statuses };
    },
  };
}
