/** A service in a thread, for tests: does what the stream's name says. Started by service-threads.test.ts alone. */
import { AppError } from '@burnline/core';
import { serveThread } from '@burnline/runtime';

const GROUP = 'readers';

async function readAll({ log, logger, supervision }, topics) {
  const consumer = await log.consume({ group: GROUP, topics });
  let read = 0;
  while (!supervision.signal.aborted) {
    const delivery = await consumer.next(20);
    if (delivery.kind !== 'messages') continue;
    read += delivery.messages.length;
    const { topic, partition, messages } = delivery;
    await consumer.commit([{ topic, partition, offset: messages.at(-1).offset + 1, metadata: `${read}` }]);
    logger.info({ read, bytes: messages.map(({ value }) => value[0]) }, 'read');
  }
  await consumer.close();
}

await serveThread((host, stream) => {
  const { supervision } = host;
  switch (stream.name) {
    case 'reads':
      supervision.start('reads', () => readAll(host, [stream.topics.inference.name]));
      return;
    case 'fails':
      supervision.start('fails', () =>
        Promise.reject(
          new AppError('LOG_OFFSET_EXPIRED', 'too late', { remedy: 'Be sooner.', details: { offset: 7 } }),
        ),
      );
      return;
    case 'throws':
      setTimeout(() => {
        throw new TypeError('nobody catches this');
      }, 10);
      supervision.start('waits', () => new Promise(() => undefined));
      return;
    case 'spins':
      supervision.start('spins', async () => {
        host.logger.info({}, 'spins');
        for (;;);
      });
      return;
    default:
      process.exit(3);
  }
});
