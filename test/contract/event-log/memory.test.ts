import { createMemoryDisk, openMemoryLog, type EventLog, type InProcessEventLog } from '@burnline/runtime';
import { describeEventLogContract } from './contract.ts';

describeEventLogContract('memory', () => {
  let nowMs = 1_700_000_000_000;
  const disk = createMemoryDisk();
  const open = () =>
    openMemoryLog({
      nowMs: () => nowMs,
      disk,
      startTimer: (waitMs, done) => {
        const timer = setTimeout(done, waitMs);
        return () => {
          clearTimeout(timer);
        };
      },
    });
  let current: InProcessEventLog = open();
  return Promise.resolve({
    log: current,
    reopen: async (): Promise<EventLog> => {
      await current.close();
      current = open();
      return current;
    },
    destroy: () => current.close(),
    setClock: (toMs: number) => {
      nowMs = toMs;
    },
    expire: async () => {
      await current.expire();
    },
  });
});
