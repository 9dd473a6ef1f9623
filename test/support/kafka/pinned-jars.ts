import { readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { filledOnce } from './cache-folder.ts';
import { differences, parseChecksums } from './checksums.ts';
import { isMissingProgram, lastLines, runCommand } from './run-command.ts';

export interface PinnedJars {
  /** As messages name it. */
  readonly name: string;
  /** For the line that tells of the download. */
  readonly megabytes: number;
  /** Names the direct dependencies and their versions. */
  readonly pomFile: string;
  /** Every jar that the pom resolves to, as sha256sum writes it. */
  readonly checksumsFile: string;
  /** In the cache; changes with the list. */
  readonly folder: string;
  /** Maven's command; `mvn` by default. */
  readonly maven?: string;
  /** How to do without Maven, if there is a way: the end of a sentence. */
  readonly otherwise?: string;
  readonly onProgress?: (message: string) => void;
}

/**
 * The folder with the jars, as the checked-in list of checksums has them; fetched by Maven into the cache at the first
 * use. Every use verifies them.
 *
 * Errors name the cause and the remedy: no Maven, no network, a jar that differs.
 */
export async function pinnedJars(jars: PinnedJars): Promise<string> {
  const { folder, name } = jars;
  const digests = parseChecksums(await readFile(jars.checksumsFile, 'utf8'));
  const verify = async (filled: string, remedy: string): Promise<void> => {
    const found = await differences(filled, digests);
    if (found.length > 0)
      throw new Error(
        `The jars of ${name} differ from the list in ${jars.checksumsFile}: ${found.slice(0, 5).join('; ')}. ${remedy}`,
      );
  };
  await filledOnce(folder, async (draft) => {
    jars.onProgress?.(`fetching ${name} from Maven Central (${jars.megabytes} MB) into ${folder} ...`);
    await fetchJars(jars, draft);
    await verify(draft, 'Nothing was kept. Fetch again, through another mirror.');
  });
  await verify(folder, `Remove ${folder}: it is fetched anew at the next start.`);
  return folder;
}

/** Maven gets a repository of its own inside the draft: two processes that fetch at once do not share one half written. */
async function fetchJars(jars: PinnedJars, draft: string): Promise<void> {
  const maven = jars.maven ?? 'mvn';
  const repository = path.join(draft, 'repository');
  const output = path.join(draft, 'jars');
  const args = ['-B', '-q', '-ntp', '-f', jars.pomFile, 'dependency:copy-dependencies'];
  const settings = [
    '-DincludeScope=runtime',
    `-DoutputDirectory=${output}`,
    `-Dmaven.repo.local=${repository}`,
  ];
  const result = await runCommand(maven, [...args, ...settings]).catch((error: unknown) => {
    if (!isMissingProgram(error)) throw error;
    throw new Error(
      `The jars of ${jars.name} are not in the cache, and ${maven} is not installed to fetch them. ` +
        `Install Maven (Debian: apt-get install maven)${jars.otherwise ?? ''}.`,
    );
  });
  if (result.exitCode !== 0) {
    throw new Error(
      `Maven could not fetch ${jars.name} (exit code ${String(result.exitCode)}). ` +
        `Is Maven Central or its mirror reachable? Its last lines:\n${lastLines(result.output)}`,
    );
  }
  await rm(repository, { recursive: true, force: true });
  await moveUp(output, draft);
}

async function moveUp(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) await rename(path.join(from, name), path.join(to, name));
  await rmdir(from);
}
