import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { formatIssues, loadSpecs } from '@burnline/contracts';
import { AppError, type SloPlan } from '@burnline/core';
import type { Output } from '../output/output.ts';

/** Spec files named one by one, or all `.yaml` and `.yml` files of a folder. */
export async function readSpecFiles(
  paths: readonly string[],
): Promise<readonly { file: string; text: string }[]> {
  const files = (await Promise.all(paths.map(expand))).flat();
  return Promise.all(files.map(async (file) => ({ file, text: await readText(file) })));
}

async function expand(name: string): Promise<readonly string[]> {
  const info = await stat(name).catch(() => null);
  if (info?.isDirectory() !== true) return [name];
  const entries = await readdir(name);
  return entries
    .filter((entry) => /\.ya?ml$/.test(entry))
    .sort()
    .map((entry) => path.join(name, entry));
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new AppError(
      'CLI_FILE_UNREADABLE',
      `${file} cannot be read: ${error instanceof Error ? error.message : ''}`,
      {
        remedy: 'Check the path and that this user may read it.',
        cause: error,
      },
    );
  }
}

/** Reads and checks specs; null if they have mistakes, all of which have been printed. */
export async function loadPlans(
  paths: readonly string[],
  output: Output,
): Promise<readonly SloPlan[] | null> {
  const files = await readSpecFiles(paths);
  const { plans, issues, warnings } = loadSpecs(files, { mode: 'tolerant' });
  if (warnings.length > 0 && !output.isJson) process.stderr.write(`${formatIssues(warnings)}\n`);
  if (issues.length === 0) return plans;
  if (output.isJson) output.json({ issues });
  else process.stderr.write(`${formatIssues(issues)}\n`);
  return null;
}
