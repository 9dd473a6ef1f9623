import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import kafkajs from 'kafkajs';
import { expect, it } from 'vitest';
import { openSocket } from '../client/open-socket.ts';
import { Connection, KAFKAJS_VERSION, metadataResponse } from './kafkajs-internals.ts';
import { patchKafkajs } from './kafkajs-patches.ts';

it('refuses a version of kafkajs that nobody has read', () => {
  expect(() => patchKafkajs('2.3.0')).toThrow(expect.objectContaining({ code: 'LOG_UNSUPPORTED' }) as Error);
  expect(() => patchKafkajs(KAFKAJS_VERSION)).not.toThrow();
});

/** Length, number of the request, body. */
function answer(correlationId: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(4 + body.length, 0);
  head.writeInt32BE(correlationId, 4);
  return Buffer.concat([head, body]);
}

/** Of an ApiVersions request, version 0: no error, and no API. */
const NO_VERSIONS = Buffer.alloc(6);

interface TestConnection {
  connect(): Promise<boolean>;
  send(protocol: unknown): Promise<unknown>;
}

function connectionTo(port: number): TestConnection {
  const Constructor = Connection as unknown as new (options: object) => TestConnection;
  const logger = new kafkajs.Kafka({ brokers: [], logLevel: kafkajs.logLevel.NOTHING }).logger();
  const address = { host: '127.0.0.1', port, socketFactory: openSocket };
  return new Constructor({ ...address, logger, requestTimeout: 2_000, connectionTimeout: 2_000 });
}

function versionsRequest(): unknown {
  const versions = createRequire(import.meta.url)('kafkajs/src/protocol/requests/apiVersions') as {
    protocol(options: { version: number }): () => unknown;
  };
  return versions.protocol({ version: 0 })();
}

it('an answer cut in the middle is not continued by the answers of the next socket', async () => {
  patchKafkajs();
  let connectionCount = 0;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    connectionCount += 1;
    const isFirst = connectionCount === 1;
    sockets.push(socket);
    socket.on('data', (request) => {
      const whole = answer(request.readInt32BE(8), NO_VERSIONS);
      if (isFirst) socket.end(whole.subarray(0, 9));
      else socket.write(whole);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = connectionTo(port);
  try {
    await connection.connect();
    await expect(connection.send(versionsRequest())).rejects.toThrow('Closed connection');
    await connection.connect();
    await expect(connection.send(versionsRequest())).resolves.toMatchObject({ errorCode: 0 });
    expect(connectionCount).toBe(2);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

it('a partition without a leader is told as one, and only a topic’s own error rejects', async () => {
  patchKafkajs();
  const partition = { partitionErrorCode: 5, partitionId: 0, leader: -1, replicas: [2] };
  const answer = (topicErrorCode: number) => ({
    controllerId: 1,
    topicMetadata: [{ topicErrorCode, topic: 'somebody’s', partitionMetadata: [partition] }],
  });
  expect(await metadataResponse.parse(answer(0))).toEqual(answer(0));
  await expect(metadataResponse.parse(answer(29))).rejects.toMatchObject({
    type: 'TOPIC_AUTHORIZATION_FAILED',
  });
});
