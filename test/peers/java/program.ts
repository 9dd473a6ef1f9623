import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, filledOnce } from '../../support/kafka/cache-folder.ts';
import { pinnedJars } from '../../support/kafka/pinned-jars.ts';
import { isMissingProgram, lastLines, runCommand } from '../../support/kafka/run-command.ts';
import { peerFile } from '../resources.ts';

/** A peer in Java. */
export interface JavaPeer {
  /** As messages name it. */
  readonly name: string;
  /** Of its pom, its list of jars and its sources, beside this one. */
  readonly folder: string;
  readonly mainClass: string;
  /** For the line that tells of the download. */
  readonly megabytes: number;
}

/**
 * The class path of a peer: its jars, fetched by Maven and verified, and its classes, compiled with those that all peers in
 * Java share; both in the cache, in folders that change with what is in them.
 *
 * Errors name the cause and the remedy: no Maven or javac, no network, a jar that differs, a source that does not compile.
 */
export async function classPathOf(peer: JavaPeer, onProgress: (message: string) => void): Promise<string> {
  const cache = path.join(cacheFolder(), `${peer.folder}-peer`);
  const checksumsFile = peerFile(`${peer.folder}/jars.sha256`);
  const jars = await pinnedJars({
    name: peer.name,
    megabytes: peer.megabytes,
    pomFile: peerFile(`${peer.folder}/pom.xml`),
    checksumsFile,
    folder: path.join(cache, `jars-${await digestOf([checksumsFile])}`),
    onProgress,
  });
  const files = [...(await sourcesIn('java/src')), ...(await sourcesIn(`${peer.folder}/src`))];
  const classes = path.join(cache, `classes-${await digestOf([checksumsFile, ...files])}`);
  await filledOnce(classes, (draft) => compile(peer, { files, jars, output: draft }));
  return `${classes}:${jars}/*`;
}

async function sourcesIn(name: string): Promise<readonly string[]> {
  const folder = peerFile(name);
  return (await readdir(folder)).sort().map((file) => path.join(folder, file));
}

async function digestOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 12);
}

async function compile(
  { name }: JavaPeer,
  {
    files,
    jars,
    output,
  }: { readonly files: readonly string[]; readonly jars: string; readonly output: string },
): Promise<void> {
  const args = ['--release', '17', '-Xlint:all,-path', '-Werror', '-cp', `${jars}/*`, '-d', output, ...files];
  const result = await runCommand('javac', args).catch((error: unknown) => {
    if (!isMissingProgram(error)) throw error;
    throw new Error(
      `The peer ${name} is compiled by javac, which is not installed. ` +
        'Install a JDK (Debian: apt-get install openjdk-17-jdk-headless).',
    );
  });
  if (result.exitCode !== 0)
    throw new Error(
      `The peer ${name} does not compile (exit code ${String(result.exitCode)}):\n${lastLines(result.output)}`,
    );
}
