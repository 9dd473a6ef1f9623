import type { KafkaLogOptions } from './kafka/kafka-options.ts';
import type { KafkaEventLog } from './kafka/open-kafka-log.ts';

/** As `kafka/open-kafka-log.ts` says. The client and its codecs are loaded here: a pipeline of one process starts without them. */
export async function openKafkaLog(options: KafkaLogOptions): Promise<KafkaEventLog> {
  const kafka = await import('./kafka/open-kafka-log.ts');
  return kafka.openKafkaLog(options);
}
