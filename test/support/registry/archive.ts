import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, filledOnce } from '../kafka/cache-folder.ts';
import { differences } from '../kafka/checksums.ts';
import { isMissingProgram, lastLines, runCommand } from '../kafka/run-command.ts';

const VERSION = '3.3.3';
const FILE = `apicurio-registry-app-${VERSION}-all.tar.gz`;
const SHA256 = '8bc6751c76d963734224b01d5e7f84ccb3cb61c87d3bd77c36c35f10a5cbed63';
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

/**
 * Apicurio's registry as an archive, verified; fetched by Maven into the cache at the first use (159 MB).
 *
 * Errors name the cause and the remedy: no Maven, no network, a file that differs.
 */
export async function registryArchive(onProgress: (message: string) => void): Promise<string> {
  const folder = path.join(cacheFolder(), 'apicurio-registry', VERSION);
  await filledOnce(folder, async (draft) => {
    onProgress(`fetching Apicurio Registry ${VERSION} from Maven Central (159 MB) into ${folder} ...`);
    await fetchArchive(draft);
  });
  const found = await differences(folder, new Map([[FILE, SHA256]]));
  if (found.length === 0) return path.join(folder, FILE);
  throw new Error(`${folder} is not as it was checked: ${found.join('; ')}. Remove it: it is fetched anew.`);
}

/** Maven gets a repository of its own inside the draft, as for the broker's jars. */
async function fetchArchive(draft: string): Promise<void> {
  const repository = path.join(draft, 'repository');
  const output = path.join(draft, 'output');
  const result = await runCommand('mvn', [
    ...['-B', '-q', '-ntp', PLUGIN, `-Dmaven.repo.local=${repository}`, `-DoutputDirectory=${output}`],
    `-Dartifact=io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`,
  ]).catch((error: unknown) => {
    if (!isMissingProgram(error)) throw error;
    throw new Error('Apicurio Registry is not in the cache, and Maven is not installed to fetch it.');
  });
  if (result.exitCode !== 0) {
    throw new Error(
      `Maven could not fetch Apicurio Registry ${VERSION} (exit code ${String(result.exitCode)}). ` +
        `Is Maven Central or its mirror reachable? Its last lines:\n${lastLines(result.output)}`,
    );
  }
  for (const name of await readdir(output)) await rename(path.join(output, name), path.join(draft, name));
  await rm(output, { recursive: true });
  await rm(repository, { recursive: true, force: true });
}
