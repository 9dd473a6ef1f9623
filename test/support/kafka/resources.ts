import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = 'test/support/kafka';

/** A file beside the sources: these modules run from there under vitest, and compiled from node_modules/.cache as a command. */
export function resourceFile(name: string): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, FOLDER, 'pom.xml'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`${FOLDER} was not found above ${import.meta.url}`);
    folder = parent;
  }
  return path.join(folder, FOLDER, name);
}
