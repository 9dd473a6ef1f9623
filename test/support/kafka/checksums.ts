import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Lines as sha256sum writes them: hexadecimal digest, two spaces, file name. */
export function parseChecksums(text: string): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [digest, name] = line.split(/\s+/, 2);
    if (digest && name) digests.set(name, digest);
  }
  return digests;
}

/**
 * What differs between a folder and the list of its checksums: files that are missing, that are too many, or of another
 * content. Empty if all is as listed.
 */
export async function differences(folder: string, digests: ReadonlyMap<string, string>): Promise<string[]> {
  const names = new Set(await readdir(folder));
  const found: string[] = [];
  for (const [name, expected] of digests) {
    if (!names.delete(name)) {
      found.push(`${name} is missing`);
      continue;
    }
    const actual = createHash('sha256')
      .update(await readFile(path.join(folder, name)))
      .digest('hex');
    if (actual !== expected) found.push(`${name} has sha256 ${actual}, expected ${expected}`);
  }
  for (const name of names) found.push(`${name} is not on the list`);
  return found;
}
