import { once } from 'node:events';
import { createServer } from 'node:http';

/** A webhook receiver that keeps what fired, with when it came and what it was decided of (performance.now); one that is dead never answers. */
export async function startReceiver({ isDead = false } = {}) {
  const fires = [];
  let requestCount = 0;
  const server = createServer(async (request, response) => {
    requestCount += 1;
    if (isDead) return;
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const atMs = performance.now();
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (body.decision === 'fire') {
      // A storm names its series, all others are one themselves.
      const series = body.group?.series ?? [body];
      const evaluatedAtMs = Date.parse(body.evaluated_at) - performance.timeOrigin;
      const tenants = series.map(({ labels }) => labels.tenant ?? '');
      fires.push({
        slo: body.slo,
        tenants,
        keys: series.map((one) => one.decision_key),
        atMs,
        evaluatedAtMs,
      });
    }
    response.writeHead(204).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/page`,
    fires,
    requestCount: () => requestCount,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
