import { access, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

/** Where fetched programs are kept: BURNLINE_CACHE, else the user's cache folder. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env['BURNLINE_CACHE']) return path.resolve(env['BURNLINE_CACHE']);
  return path.join(env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'burnline');
}

/**
 * Fills `folder` by `fill` unless it is there. What is half filled never stands under its name: `fill` works in a folder
 * beside it, which is then renamed. Of several processes that fill at once the first wins, and the others take its result.
 */
export async function filledOnce(
  folder: string,
  fill: (draftFolder: string) => Promise<void>,
): Promise<void> {
  if (await isThere(folder)) return;
  await mkdir(path.dirname(folder), { recursive: true });
  await removeStaleDrafts(folder);
  const draft = await mkdtemp(`${folder}.draft-`);
  try {
    await fill(draft);
    await rename(draft, folder);
  } catch (error) {
    if (isOccupied(error)) return;
    throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Left by a process that was killed; none takes an hour. */
const DRAFT_AGE_MAX_MS = 3_600_000;

async function removeStaleDrafts(folder: string): Promise<void> {
  const parent = path.dirname(folder);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${path.basename(folder)}.draft-`)) continue;
    const draft = path.join(parent, name);
    const age = await stat(draft).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > DRAFT_AGE_MAX_MS) await rm(draft, { recursive: true, force: true });
  }
}

async function isThere(folder: string): Promise<boolean> {
  return access(folder).then(
    () => true,
    () => false,
  );
}

function isOccupied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST');
}
