import { appendFile, chmod, readFile } from 'node:fs/promises';
import { AppError } from '@burnline/core';

/** Adds a line to a file of keys, whose lines so far are checked. The file is the owner's alone when it is made here; one that is there keeps its rights. */
export async function addKeyLine(
  file: string,
  line: string,
  check: (text: string, file: string) => unknown,
): Promise<void> {
  const before = await contentOf(file);
  if (before !== null) check(before, file);
  const isLineOpen = before !== null && before !== '' && !before.endsWith('\n');
  try {
    await appendFile(file, `${isLineOpen ? '\n' : ''}${line}\n`, { mode: 0o600 });
    // Whatever the umask says.
    if (before === null) await chmod(file, 0o600);
  } catch (error) {
    throw unusable(file, error);
  }
}

/** Null: there is none yet. */
async function contentOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw unusable(file, error);
  }
}

function unusable(file: string, cause: unknown): AppError {
  return new AppError('CLI_KEYS_FILE_UNUSABLE', `${file} cannot be used: ${String(cause)}`, {
    remedy: 'Name a file in a folder that this user may write to.',
    cause,
  });
}
