import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { openRegistryClient, type RegistryClient } from './registry-client.ts';

/** What a real registry rarely answers; what it does answer is tested on a real one in test/kafka/registry.test.ts. */
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function clientOf(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options: { timeoutMs?: number } = {},
): Promise<RegistryClient> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const login = { username: 'burnline', password: 'sécret' };
  return openRegistryClient({ url: `http://127.0.0.1:${port}/path/`, login, ...options });
}

const answering = (status: number, body: string) =>
  clientOf((_, response) => response.writeHead(status).end(body));

it('asks with its login, below the path of the URL', async () => {
  const seen: unknown[] = [];
  const client = await clientOf(({ method, url, headers }, response) => {
    seen.push([method, url, headers.authorization]);
    response.end('{"schema":"\\"long\\""}');
  });
  expect(await client.schemaById(7)).toBe('"long"');
  expect(seen).toEqual([
    ['GET', '/path/schemas/ids/7', `Basic ${Buffer.from('burnline:sécret').toString('base64')}`],
  ]);
});

it('tells what is not there from what does not speak the protocol', async () => {
  const missing = await answering(404, '{"error_code":40403,"message":"Schema not found"}');
  expect(await missing.schemaById(1)).toBeNull();
  expect(await missing.idOf('s', '"long"')).toBeNull();
  for (const [status, body] of [
    [404, '<html>Not Found</html>'],
    [200, '<html>Welcome</html>'],
    [200, '{"id":-1}'],
    [422, '{"error_code":42201,"message":"Invalid schema"}'],
  ] as const) {
    const other = await answering(status, body);
    await expect(other.idOf('s', '"long"')).rejects.toMatchObject({
      code: 'REGISTRY_ANSWER_INVALID',
      outcome: 'halt',
    });
  }
});

it('does not ask for ids that cannot be', async () => {
  const client = await answering(500, '');
  expect(await client.schemaById(0)).toBeNull();
  expect(await client.schemaById(2 ** 31)).toBeNull();
});

it('says whether it may answer later', async () => {
  for (const status of [429, 500, 503]) {
    const busy = await answering(status, '');
    await expect(busy.schemaById(1)).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      outcome: 'retry',
    });
  }
  const silent = await clientOf(() => undefined, { timeoutMs: 50 });
  await expect(silent.schemaById(1)).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('no answer in time') as string,
  });
  const gone = await answering(200, '');
  const [server] = servers.splice(-1);
  await new Promise((resolve) => server!.close(resolve));
  await expect(gone.schemaById(1)).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE', outcome: 'retry' });
  for (const status of [401, 403]) {
    const refused = await answering(status, '{"error_code":40101,"message":"User cannot access"}');
    await expect(refused.schemaById(1)).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      outcome: 'halt',
      remedy: expect.stringContaining('SCHEMA_REGISTRY_USERNAME') as string,
    });
  }
});

it('does not read an answer without end', async () => {
  const client = await clientOf((_, response) => {
    const more = (): void => {
      while (response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  });
  await expect(client.schemaById(1)).rejects.toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
});
