import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedLog, type EventLog } from '@burnline/runtime';
import { describeEventLogContract } from './contract.ts';

describeEventLogContract('embedded', async () => {
  let nowMs = 1_700_000_000_000;
  const directory = await mkdtemp(join(tmpdir(), 'burnline-log-'));
  const open = () => openEmbeddedLog({ directory, nowMs: () => nowMs, expiryIntervalMs: null });
  let current = await open();
  return {
    log: current,
    reopen: async (): Promise<EventLog> => {
      await current.close();
      current = await open();
      return current;
    },
    destroy: async () => {
      await current.close();
      await rm(directory, { recursive: true });
    },
    setClock: (toMs: number) => {
      nowMs = toMs;
    },
    expire: async () => {
      await current.expire();
    },
  };
});
