import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { createMemoryDisk, openMemoryLog, openThreadLog, serveLog, type EventLog } from '@burnline/runtime';
import { describeEventLogContract } from './contract.ts';

/** The memory log behind a port: what crosses it is what would cross it between two threads. */
describeEventLogContract('across threads', () => {
  let nowMs = 1_700_000_000_000;
  const disk = createMemoryDisk();
  const ports: MessagePort[] = [];
  const open = () => {
    const inner = openMemoryLog({
      nowMs: () => nowMs,
      disk,
      startTimer: (waitMs, done) => {
        const timer = setTimeout(done, waitMs);
        return () => {
          clearTimeout(timer);
        };
      },
    });
    const { port1, port2 } = new MessageChannel();
    ports.push(port1);
    serveLog(inner, port1);
    const log = openThreadLog(port2);
    return { inner, log };
  };
  let current = open();
  const close = async (): Promise<void> => {
    await current.log.close();
    await current.inner.close();
  };
  return Promise.resolve({
    log: current.log,
    reopen: async (): Promise<EventLog> => {
      await close();
      current = open();
      return current.log;
    },
    destroy: async () => {
      await close();
      for (const port of ports) port.close();
    },
    setClock: (toMs: number) => {
      nowMs = toMs;
    },
    expire: async () => {
      await current.inner.expire();
    },
  });
});
