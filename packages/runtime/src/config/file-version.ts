import { stat } from 'node:fs/promises';

/**
 * Changes with a file, also where a mount swaps a link for another: what is looked at to read it anew. Rejects as `stat`
 * does for one that is not there.
 */
export async function versionOfFile(file: string): Promise<string> {
  const { dev, ino, mtimeMs, size } = await stat(file);
  return [dev, ino, mtimeMs, size].join(':');
}

/** The same of several, an empty text for each that cannot be looked at. */
export async function versionOfFiles(files: readonly string[]): Promise<string> {
  const versions = await Promise.all(files.map((file) => versionOfFile(file).catch(() => '')));
  return versions.join('|');
}
