import path from 'node:path';
import { cacheFolder, filledOnce } from './cache-folder.ts';
import { isMissingProgram, lastLines, runCommand } from './run-command.ts';

/** A program that tests run against, from a Go module. */
export interface GoProgram {
  /** For messages. */
  readonly title: string;
  /** Folder in the cache. */
  readonly folder: string;
  readonly module: string;
  readonly version: string;
}

/**
 * The program's binary, built by Go into the cache at the first use (about a minute); Go verifies the module's checksum
 * against its public log.
 *
 * Errors name the cause and the remedy: no Go, or a build that failed.
 */
export async function goProgram(
  { title, folder: name, module, version }: GoProgram,
  options: { readonly go?: string; readonly onProgress?: (message: string) => void } = {},
): Promise<string> {
  const folder = path.join(cacheFolder(), name, version);
  await filledOnce(folder, async (draft) => {
    options.onProgress?.(`building ${title} (${version}) into ${folder}, about a minute ...`);
    // Without cgo no C compiler is needed.
    const env = { GOBIN: draft, CGO_ENABLED: '0' };
    const result = await runCommand(options.go ?? 'go', ['install', `${module}@${version}`], env).catch(
      (error: unknown) => {
        if (!isMissingProgram(error)) throw error;
        throw new Error(
          `${title} is not in the cache, and Go is not installed to build it. Install Go (Debian: apt-get install golang-go).`,
        );
      },
    );
    if (result.exitCode !== 0)
      throw new Error(
        `Go could not build ${module}@${version}. Is the Go module proxy reachable? Its last lines:\n${lastLines(result.output)}`,
      );
  });
  return path.join(folder, path.basename(module));
}
