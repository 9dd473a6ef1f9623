import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findConnection, forgetConnection, recordConnection } from './connection-file.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-connection-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it.each(['', '{"url": "http://127', 'null', '[]', '{"url": 1, "pid": "x"}', '\0\0\0'])(
  'a damaged running.json (%j) means that nothing runs',
  async (text) => {
    await writeFile(path.join(root, 'running.json'), text);
    expect(await findConnection(root)).toBeNull();
  },
);

it('is found while its pipeline answers, never half written, and leaves nothing else behind', async () => {
  const server = createServer((_, response) => response.end('Ok.\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await recordConnection(root, { url, pid: 1 });
    const writes = Array.from({ length: 100 }, (_, pid) => recordConnection(root, { url, pid }));
    const found = await Promise.all(Array.from({ length: 100 }, () => findConnection(root)));
    await Promise.all(writes);
    expect(found).not.toContain(null);
    expect(await readdir(root)).toEqual(['running.json']);
    await forgetConnection(root);
    expect(await findConnection(root)).toBeNull();
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
