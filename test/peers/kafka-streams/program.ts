import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, filledOnce } from '../../support/kafka/cache-folder.ts';
import { pinnedJars } from '../../support/kafka/pinned-jars.ts';
import { isMissingProgram, lastLines, runCommand } from '../../support/kafka/run-command.ts';
import { peerFile } from '../resources.ts';

/**
 * The class path of the Kafka Streams peer: its jars, fetched by Maven and verified, and its classes, compiled; both in
 * the cache, in folders that change with what is in them.
 *
 * Errors name the cause and the remedy: no Maven or javac, no network, a jar that differs, a source that does not compile.
 */
export async function streamsClassPath(onProgress: (message: string) => void): Promise<string> {
  const cache = path.join(cacheFolder(), 'kafka-streams-peer');
  const checksumsFile = peerFile('kafka-streams/jars.sha256');
  const jars = await pinnedJars({
    name: 'Kafka Streams',
    megabytes: 95,
    pomFile: peerFile('kafka-streams/pom.xml'),
    checksumsFile,
    folder: path.join(cache, `jars-${await digestOf([checksumsFile])}`),
    onProgress,
  });
  const sources = peerFile('kafka-streams/src');
  const files = (await readdir(sources)).sort().map((name) => path.join(sources, name));
  const classes = path.join(cache, `classes-${await digestOf([checksumsFile, ...files])}`);
  await filledOnce(classes, (draft) => compile(files, jars, draft));
  return `${classes}:${jars}/*`;
}

async function digestOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 12);
}

async function compile(files: readonly string[], jars: string, output: string): Promise<void> {
  const args = ['--release', '17', '-Xlint:all,-path', '-Werror', '-cp', `${jars}/*`, '-d', output, ...files];
  const result = await runCommand('javac', args).catch((error: unknown) => {
    if (!isMissingProgram(error)) throw error;
    throw new Error(
      'The Kafka Streams peer is compiled by javac, which is not installed. ' +
        'Install a JDK (Debian: apt-get install openjdk-17-jdk-headless).',
    );
  });
  if (result.exitCode !== 0)
    throw new Error(
      `The Kafka Streams peer does not compile (exit code ${String(result.exitCode)}):\n${lastLines(result.output)}`,
    );
}
