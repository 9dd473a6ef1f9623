import type { TestProject } from 'vitest/node';
import { kafkaJars } from '../../support/kafka/jars.ts';
import { findJava } from '../../support/kafka/java.ts';
import { startKafka } from '../../support/kafka/start-kafka.ts';
import { toxiproxyProgram } from '../../support/kafka/toxiproxy-program.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** host:port of a broker that all suites share; empty where none can be had. */
    kafkaBrokers: readonly string[];
    /** Whether `startKafka` works here: suites that kill their broker start one of their own. */
    canStartKafka: boolean;
    /** Whether `startToxiproxy` works here. */
    canStartToxiproxy: boolean;
    /** What fails every suite (require-broker.ts), where none may be skipped; empty if nothing is missing. */
    missingForKafka: string;
  }
}

interface SharedBroker {
  readonly brokers: readonly string[];
  stop?(): Promise<void>;
}

/** Runs once before the suites of the kafka project, and not at all if none of them was asked for. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const causes: string[] = [];
  const missing = (cause: unknown): null => {
    causes.push(cause instanceof Error ? cause.message : String(cause));
    return null;
  };
  const toxiproxy = await toxiproxyProgram({ onProgress: say }).catch(missing);
  const jars = await startableJars().catch(missing);
  const shared = await sharedBroker(jars !== null).catch(missing);
  if (causes.length > 0 && !isRequired()) {
    const skipped = [
      ...(shared ? [] : ['all suites on the shared broker']),
      ...(jars ? [] : ['all suites that start a broker of their own']),
      ...(toxiproxy ? [] : ['all suites with the TCP fault proxy']),
    ];
    say(
      `\n*** SKIPPED: ${skipped.join('; ')} ***\n${indented(causes)}With BURNLINE_KAFKA_REQUIRED=1 they fail.\n`,
    );
  }
  project.provide('missingForKafka', isRequired() ? indented(causes) : '');
  project.provide('kafkaBrokers', shared?.brokers ?? []);
  project.provide('canStartKafka', jars !== null);
  project.provide('canStartToxiproxy', toxiproxy !== null);
  return async () => {
    await shared?.stop?.();
  };
}

async function startableJars(): Promise<string> {
  await findJava();
  return kafkaJars({ onProgress: say });
}

/** KAFKA_BROKERS, else a process from the jars; null where there are none, whose cause is known then. */
function sharedBroker(hasJars: boolean): Promise<SharedBroker | null> {
  const given = process.env['KAFKA_BROKERS'];
  if (given) return Promise.resolve({ brokers: given.split(',').map((broker) => broker.trim()) });
  return hasJars ? startKafka() : Promise.resolve(null);
}

function isRequired(): boolean {
  return Boolean(process.env['CI']) || process.env['BURNLINE_KAFKA_REQUIRED'] === '1';
}

function indented(causes: readonly string[]): string {
  return causes.map((cause) => `  ${cause}\n`).join('');
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}
