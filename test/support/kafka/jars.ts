import path from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { pinnedJars } from './pinned-jars.ts';
import { resourceFile } from './resources.ts';

export const KAFKA_VERSION = '4.1.1';

export interface KafkaJarsOptions {
  /** Maven's command. */
  readonly maven?: string;
  /** Holds one folder per version. */
  readonly folder?: string;
  /** As sha256sum writes it. */
  readonly checksumsFile?: string;
  readonly onProgress?: (message: string) => void;
}

/** The folder with Apache Kafka's jars: see pinnedJars. Reading 43 MB takes less time than a broker does to start. */
export function kafkaJars(options: KafkaJarsOptions = {}): Promise<string> {
  const { folder = path.join(cacheFolder(), 'kafka'), ...rest } = options;
  return pinnedJars({
    name: `Apache Kafka ${KAFKA_VERSION}`,
    megabytes: 43,
    pomFile: resourceFile('pom.xml'),
    checksumsFile: resourceFile('jars.sha256'),
    folder: path.join(folder, KAFKA_VERSION),
    otherwise: ', or name a running broker in KAFKA_BROKERS',
    ...rest,
  });
}
