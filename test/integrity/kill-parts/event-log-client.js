// An EventLog over the IPC channel to the process that holds the log; see log-session.ts for the other end.
import { AppError } from '@burnline/core';

/** Every call is answered by its number; the channel keeps the order of calls. */
function openChannel() {
  const waiting = new Map();
  let lastId = 0;
  process.on('message', ({ id, value, error }) => {
    const call = waiting.get(id);
    if (call === undefined) return;
    waiting.delete(id);
    if (error === undefined) call.resolve(value);
    else call.reject(new AppError(error.code, error.message, error));
  });
  return (method, args, consumer = null) =>
    new Promise((resolve, reject) => {
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      process.send({ id: lastId, method, args, consumer });
    });
}

export function openLogClient() {
  const call = openChannel();
  const consumerOf = (consumer) => ({
    next: (waitMsMax) => call('next', [waitMsMax], consumer),
    commit: (positions) => call('commit', [positions], consumer),
    pause: (partitions) => void call('pause', [partitions], consumer),
    resume: (partitions) => void call('resume', [partitions], consumer),
    close: () => call('close', [], consumer),
  });
  return {
    ensureTopics: (topics) => call('ensureTopics', [topics]),
    append: (batches) => call('append', [batches]),
    consume: async (options) => consumerOf(await call('consume', [options])),
    // Callers may pass more than the port asks for, also what no channel can carry.
    read: ({ topic, partition, fromOffset, bytesMax }) =>
      call('read', [{ topic, partition, fromOffset, bytesMax }]),
    bounds: (topics) => call('bounds', [topics]),
    committed: (group, topics) => call('committed', [group, topics]),
    close: () => Promise.resolve(),
  };
}
