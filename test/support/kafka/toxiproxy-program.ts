import path from 'node:path';
import { cacheFolder, filledOnce } from './cache-folder.ts';
import { isMissingProgram, lastLines, runCommand } from './run-command.ts';

const MODULE = 'github.com/Shopify/toxiproxy/v2/cmd/server';
const VERSION = 'v2.5.0';

/**
 * The TCP proxy's binary, built by Go into the cache at the first use (about a minute); Go verifies the module's checksum
 * against its public log.
 *
 * Errors name the cause and the remedy: no Go, or a build that failed.
 */
export async function toxiproxyProgram(
  options: { readonly go?: string; readonly onProgress?: (message: string) => void } = {},
): Promise<string> {
  const folder = path.join(cacheFolder(), 'toxiproxy', VERSION);
  await filledOnce(folder, async (draft) => {
    options.onProgress?.(
      `building the TCP fault proxy (toxiproxy ${VERSION}) into ${folder}, about a minute ...`,
    );
    // Without cgo no C compiler is needed.
    const env = { GOBIN: draft, CGO_ENABLED: '0' };
    const result = await runCommand(options.go ?? 'go', ['install', `${MODULE}@${VERSION}`], env).catch(
      (error: unknown) => {
        if (!isMissingProgram(error)) throw error;
        throw new Error(
          'The TCP fault proxy is not in the cache, and Go is not installed to build it. Install Go (Debian: apt-get install golang-go).',
        );
      },
    );
    if (result.exitCode !== 0)
      throw new Error(
        `Go could not build ${MODULE}@${VERSION}. Is the Go module proxy reachable? Its last lines:\n${lastLines(result.output)}`,
      );
  });
  return path.join(folder, 'server');
}
