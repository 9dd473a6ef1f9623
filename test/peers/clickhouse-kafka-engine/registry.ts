import { once } from 'node:events';
import { createServer } from 'node:http';
import { loadPackageSchemas } from '@burnline/contracts';

export interface TestRegistry {
  readonly url: string;
  close(): void;
}

/** The part of a schema registry that a consumer needs: GET /schemas/ids/ID, from the checked-in table. */
export async function startRegistry(): Promise<TestRegistry> {
  const schemas = loadPackageSchemas();
  const server = createServer((request, response) => {
    const id = /^\/schemas\/ids\/(\d+)/.exec(request.url ?? '')?.[1];
    const stored = id === undefined ? null : schemas.schemaOf(Number(id));
    response.writeHead(stored === null ? 404 : 200, {
      'content-type': 'application/vnd.schemaregistry.v1+json',
    });
    response.end(
      JSON.stringify(stored === null ? { error_code: 40403 } : { schema: JSON.stringify(stored.schema) }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The registry has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
