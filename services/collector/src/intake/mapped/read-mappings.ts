import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, isAppError } from '@burnline/core';
import { MAPPING_CHARS_MAX, parseMapping } from '@burnline/specs';
import { Mapping } from './mapping.ts';

const REMEDY = 'Correct it, or take it out of the folder; docs/replay.md describes every key.';

/** The mappings of a folder's YAML files, by their names. Rejects with COLLECTOR_MAPPINGS_INVALID or MAPPING_INVALID. */
export async function readMappings(folder: string): Promise<ReadonlyMap<string, Mapping>> {
  const mappings = new Map<string, Mapping>();
  for (const file of await filesOf(folder)) {
    const loaded = parseMapping(await textOf(file), file);
    const mapping = new Mapping(loaded);
    if (loaded.mapping.spec.time.kind === 'sequence')
      throw invalid(
        `${file} lays times out over a whole file, which an event that comes by itself has none of`,
      );
    if (mappings.has(mapping.name)) throw invalid(`${file} has the name of another mapping: ${mapping.name}`);
    mappings.set(mapping.name, mapping);
  }
  return mappings;
}

async function filesOf(folder: string): Promise<readonly string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name));
    return names.sort().map((name) => path.join(folder, name));
  } catch (error) {
    throw unreadable(folder, error);
  }
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MAPPING_CHARS_MAX) throw invalid(`${file} is longer than any mapping`);
    return await readFile(file, 'utf8');
  } catch (error) {
    throw isAppError(error) ? error : unreadable(file, error);
  }
}

const unreadable = (file: string, error: unknown): Error =>
  invalid(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);

const invalid = (message: string): Error =>
  new AppError('COLLECTOR_MAPPINGS_INVALID', message, { remedy: REMEDY });
