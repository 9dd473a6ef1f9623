import { readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, filledOnce } from './cache-folder.ts';
import { differences, parseChecksums } from './checksums.ts';
import { resourceFile } from './resources.ts';
import { isMissingProgram, lastLines, runCommand } from './run-command.ts';

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

/**
 * The folder with Apache Kafka's jars, as the checked-in list of checksums has them; fetched by Maven into the cache at
 * the first use. Every use verifies them: reading 43 MB takes less time than a broker does to start.
 *
 * Errors name the cause and the remedy: no Maven, no network, a jar that differs.
 */
export async function kafkaJars(options: KafkaJarsOptions = {}): Promise<string> {
  const folder = path.join(options.folder ?? path.join(cacheFolder(), 'kafka'), KAFKA_VERSION);
  const digests = parseChecksums(
    await readFile(options.checksumsFile ?? resourceFile('jars.sha256'), 'utf8'),
  );
  await filledOnce(folder, async (draft) => {
    options.onProgress?.(
      `fetching Apache Kafka ${KAFKA_VERSION} from Maven Central (43 MB) into ${folder} ...`,
    );
    await fetchJars(options.maven ?? 'mvn', draft);
    const found = await differences(draft, digests);
    if (found.length > 0)
      throw new Error(mismatch(found, 'Nothing was kept. Fetch again, through another mirror.'));
  });
  const found = await differences(folder, digests);
  if (found.length > 0)
    throw new Error(mismatch(found, `Remove ${folder}: it is fetched anew at the next start.`));
  return folder;
}

/** Maven gets a repository of its own inside the draft: two processes that fetch at once do not share one half written. */
async function fetchJars(maven: string, draft: string): Promise<void> {
  const repository = path.join(draft, 'repository');
  const jars = path.join(draft, 'jars');
  const args = ['-B', '-q', '-ntp', '-f', resourceFile('pom.xml'), 'dependency:copy-dependencies'];
  const settings = [
    '-DincludeScope=runtime',
    `-DoutputDirectory=${jars}`,
    `-Dmaven.repo.local=${repository}`,
  ];
  const result = await runCommand(maven, [...args, ...settings]).catch((error: unknown) => {
    if (!isMissingProgram(error)) throw error;
    throw new Error(
      `Apache Kafka's jars are not in the cache, and ${maven} is not installed to fetch them. ` +
        'Install Maven (Debian: apt-get install maven), or name a running broker in KAFKA_BROKERS.',
    );
  });
  if (result.exitCode !== 0) {
    throw new Error(
      `Maven could not fetch Apache Kafka ${KAFKA_VERSION} (exit code ${String(result.exitCode)}). ` +
        `Is Maven Central or its mirror reachable? Its last lines:\n${lastLines(result.output)}`,
    );
  }
  await rm(repository, { recursive: true, force: true });
  await moveUp(jars, draft);
}

async function moveUp(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) await rename(path.join(from, name), path.join(to, name));
  await rmdir(from);
}

function mismatch(found: readonly string[], remedy: string): string {
  return `Apache Kafka's jars differ from the list in test/support/kafka/jars.sha256: ${found.slice(0, 5).join('; ')}. ${remedy}`;
}
