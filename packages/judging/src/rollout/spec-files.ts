import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { LoadedSpecs, SpecFile } from '@burnline/specs';
import { AppError } from '@burnline/core';

/** Folders that hold other people's files: a checkout's own, and packages. */
const isPassedOver = (name: string): boolean => name.startsWith('.') || name === 'node_modules';

/**
 * Spec files named one by one, or all `.yaml` and `.yml` files of a folder and the folders in it. Throws SPECS_MISSING
 * for a folder without any.
 */
export async function readSpecFiles(paths: readonly string[]): Promise<readonly SpecFile[]> {
  const files = (await Promise.all(paths.map(expand))).flat();
  return Promise.all(files.map(async (file) => ({ file, text: await readText(file) })));
}

async function expand(name: string): Promise<readonly string[]> {
  const info = await stat(name).catch(() => null);
  if (info?.isDirectory() !== true) return [name];
  const files = await filesBelow(name);
  if (files.length === 0) throw missing(`${name} holds no .yaml or .yml file`);
  return files;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !isPassedOver(name));
  const files = await Promise.all(
    entries
      .sort((left, right) => (left.name < right.name ? -1 : 1))
      .map(async (entry) => {
        const file = path.join(folder, entry.name);
        if (entry.isDirectory()) return filesBelow(file);
        return /\.ya?ml$/.test(entry.name) ? [file] : [];
      }),
  );
  return files.flat();
}

/** Whoever names specs means to have some: an empty file is a mistake in its path or in what wrote it. */
export function checkSpecsFound(files: readonly { readonly file: string }[], loaded: LoadedSpecs): void {
  const { plans, services, issues, warnings } = loaded;
  if ([plans, services, issues, warnings].some((found) => found.length > 0)) return;
  throw missing(`No SLO, SLI or service is in ${files.map(({ file }) => file).join(', ')}`);
}

function missing(message: string): AppError {
  return new AppError('SPECS_MISSING', message, {
    remedy:
      'Name a file that holds an SLO, or a folder with such files: docs/slo-specs.md shows how one looks.',
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new AppError(
      'SPECS_UNREADABLE',
      `${file} cannot be read: ${error instanceof Error ? error.message : ''}`,
      {
        remedy: 'Check the path and that this user may read it.',
        cause: error,
      },
    );
  }
}
