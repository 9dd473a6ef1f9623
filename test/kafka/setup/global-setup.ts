import type { TestProject } from 'vitest/node';
import { dockerAnswers, startDockerBroker } from './docker-broker.ts';
import { kafkaJars } from '../../support/kafka/jars.ts';
import { findJava } from '../../support/kafka/java.ts';
import { startKafka } from '../../support/kafka/start-kafka.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** host:port of a broker that all suites share; empty where none can be had. */
    kafkaBrokers: readonly string[];
    /** Whether `startKafka` works here: suites that kill their broker start one of their own. */
    canStartKafka: boolean;
  }
}

interface SharedBroker {
  readonly brokers: readonly string[];
  stop?(): Promise<void>;
}

/** Runs once before the suites of the kafka project, and not at all if none of them was asked for. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const failures: string[] = [];
  const reason = (error: unknown): null => {
    failures.push(error instanceof Error ? error.message : String(error));
    return null;
  };
  const jars = await startableJars().catch(reason);
  const shared = await sharedBroker(jars !== null).catch(reason);
  if (failures.length > 0) reportMissing(failures, shared !== null);
  project.provide('kafkaBrokers', shared?.brokers ?? []);
  project.provide('canStartKafka', jars !== null);
  return async () => {
    await shared?.stop?.();
  };
}

async function startableJars(): Promise<string> {
  await findJava();
  return kafkaJars({ onProgress: say });
}

/** KAFKA_BROKERS, else Docker, else a process from the jars; null if there are none, for which the reason is known. */
async function sharedBroker(hasJars: boolean): Promise<SharedBroker | null> {
  const given = process.env['KAFKA_BROKERS'];
  if (given) return { brokers: given.split(',').map((broker) => broker.trim()) };
  if (await dockerAnswers()) return startDockerBroker();
  return hasJars ? startKafka() : null;
}

function reportMissing(failures: readonly string[], hasShared: boolean): void {
  const what = hasShared ? 'suites that start a broker of their own' : 'ALL Kafka suites';
  const causes = [...new Set(failures)].join('\n  ');
  const remedy =
    'A broker for tests comes from KAFKA_BROKERS=host:port, from Docker, or from Java 17 and Maven.';
  if (process.env['CI'] || process.env['BURNLINE_KAFKA_REQUIRED'] === '1')
    throw new Error(`Kafka tests must run here, and cannot:\n  ${causes}\n${remedy}`);
  say(`\n*** SKIPPED: ${what}. ***\n  ${causes}\n${remedy} BURNLINE_KAFKA_REQUIRED=1 fails instead.\n`);
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}
