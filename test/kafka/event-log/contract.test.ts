import { openKafkaLog, type EventLog } from '@burnline/runtime';
import { inject } from 'vitest';
import { describeEventLogContract } from '../../contract/event-log/contract.ts';
import { ownNames, QUICK, renamed } from './own-names.ts';

const brokers = inject('kafkaBrokers');

describeEventLogContract('kafka', async () => {
  const names = ownNames(brokers);
  const open = async () => renamed(await openKafkaLog({ brokers, ...QUICK }), names);
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
      await names.remove();
    },
  };
});
