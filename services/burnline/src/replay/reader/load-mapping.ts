import { readFile, stat } from 'node:fs/promises';
import { MAPPING_CHARS_MAX, parseMapping, type LoadedMapping } from '@burnline/specs';
import { replayError } from './replay-error.ts';

/** Reads a mapping file. Throws `REPLAY_FILE_UNREADABLE` and `MAPPING_INVALID`. */
export async function loadMapping(file: string): Promise<LoadedMapping> {
  return parseMapping(await textOf(file), file);
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size <= MAPPING_CHARS_MAX) return await readFile(file, 'utf8');
  } catch (error) {
    if (!(error instanceof Error) || !('errno' in error)) throw error;
    const message = `The mapping file ${file} cannot be read: ${error.message}.`;
    throw replayError('REPLAY_FILE_UNREADABLE', message, {
      remedy: 'Check the path and its permissions.',
      cause: error,
    });
  }
  throw replayError('REPLAY_FILE_UNREADABLE', `The mapping file ${file} is longer than any mapping.`, {
    remedy: `Give a mapping file (YAML, at most ${MAPPING_CHARS_MAX} bytes), not the data.`,
  });
}
