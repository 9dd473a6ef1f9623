import { startTestDatabase, type TestDatabase } from '../database.ts';
import { freePort } from '../kafka/ports.ts';
import { startKafka, type RunningKafka } from '../kafka/start-kafka.ts';
import { startToxiproxy, type FaultProxy, type RunningToxiproxy } from '../kafka/toxiproxy.ts';

/** What services run on, each behind a proxy that can break the links to it. */
export interface Rig {
  readonly kafka: RunningKafka;
  readonly kafkaLink: FaultProxy;
  /** The test's own connection goes past the proxy. */
  readonly database: TestDatabase;
  readonly databaseLink: FaultProxy;
  close(): Promise<void>;
}

/** Sessions of some seconds, so that a test need not wait half a minute for a group to miss a member. */
export const GROUP_PROPERTIES = { 'group.min.session.timeout.ms': '1000' };

const BROKER_HEAP_MEGABYTES = 256;

/** One broker and one database, empty. */
export async function startRig(): Promise<Rig> {
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closing.reverse()) await step();
  };
  try {
    const proxies: RunningToxiproxy = await startToxiproxy();
    closing.push(() => proxies.stop());
    const database = await startTestDatabase();
    closing.push(() => database.close());
    const advertisedPort = await freePort();
    const kafka = await startKafka({
      advertisedPort,
      heapMegabytes: BROKER_HEAP_MEGABYTES,
      properties: GROUP_PROPERTIES,
    });
    closing.push(() => kafka.stop());
    return {
      kafka,
      kafkaLink: await proxies.createProxy({ upstream: `127.0.0.1:${kafka.port}`, port: advertisedPort }),
      database,
      databaseLink: await proxies.createProxy({ upstream: new URL(database.url).host }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
