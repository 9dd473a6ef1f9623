// A consumer that says on standard output what it sees, and commits the offset that it reads on standard input.
import { createInterface } from 'node:readline';
import { openKafkaLog } from '@burnline/runtime';

const [brokers, topic, group] = process.argv.slice(2);
const log = await openKafkaLog({
  brokers: brokers.split(','),
  sessionTimeoutMs: 6_000,
  rebalanceTimeoutMs: 10_000,
  heartbeatIntervalMs: 1_000,
});
const consumer = await log.consume({ group, topics: [topic] });
const say = (line) => process.stdout.write(`${line}\n`);

const commands = createInterface({ input: process.stdin });
commands.on('line', (offset) => {
  consumer.commit([{ topic, partition: 0, offset: Number(offset), metadata: 'zombie' }]).then(
    () => say('commit resolved'),
    (error) => say(`commit ${error.code}`),
  );
});
let isOver = false;
commands.on('close', () => {
  isOver = true;
});
while (!isOver) {
  const delivery = await consumer.next(100);
  if (delivery.kind !== 'idle') say(delivery.kind);
}
await log.close();
