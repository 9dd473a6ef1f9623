import { open, stat, type FileHandle } from 'node:fs/promises';
import { replayError } from './replay-error.ts';
import { RecordSplitter, type RecordBlock, type SplitOptions } from './record-splitter.ts';

/** Large enough that reading costs nothing beside parsing, small enough that a block's records are a small batch. */
const CHUNK_BYTES = 256 * 1024;

/** What tells a file from its changed self between two readings. */
export interface FileStamp {
  readonly bytes: number;
  readonly modifiedMs: number;
}

function unreadable(file: string, error: unknown): Error {
  if (!(error instanceof Error) || !('errno' in error)) throw error;
  return replayError('REPLAY_FILE_UNREADABLE', `${file} cannot be read: ${error.message}.`, {
    remedy: 'Check the path and its permissions.',
    cause: error,
  });
}

/** Throws where the path is no regular file (it is read twice) or an empty one. */
export async function stampFile(file: string): Promise<FileStamp> {
  const stats = await stat(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  if (!stats.isFile()) {
    const what = stats.isDirectory() ? 'a directory' : 'not a regular file';
    throw replayError('REPLAY_FILE_NOT_REGULAR', `${file} is ${what}.`, {
      remedy: 'Name one CSV or NDJSON file. It is read twice, so a pipe will not do.',
    });
  }
  if (stats.size === 0) {
    throw replayError('REPLAY_FILE_EMPTY', `${file} is empty.`, {
      remedy: 'Give a file with at least one row.',
    });
  }
  return { bytes: stats.size, modifiedMs: stats.mtimeMs };
}

export async function openFile(file: string): Promise<FileHandle> {
  return open(file, 'r').catch((error: unknown) => {
    throw unreadable(file, error);
  });
}

/** The file's records, block by block. `onChunk` sees every byte once, in order. */
export async function* fileBlocks(
  options: SplitOptions & { readonly onChunk?: (chunk: Buffer) => void },
): AsyncGenerator<RecordBlock> {
  const handle = await openFile(options.file);
  try {
    const splitter = new RecordSplitter(options);
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, null);
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      options.onChunk?.(chunk);
      yield splitter.push(chunk);
    }
    yield splitter.end();
  } finally {
    await handle.close();
  }
}
