import { stat } from 'node:fs/promises';
import type { Logger } from '../observability/logger.ts';

/** How soon a file that was changed counts. Looking is one system call for each. */
const LOOK_MS = 1_000;

/** What files hold, as it was read last. */
export interface WatchedFiles<Value> {
  readonly value: Value;
  close(): void;
}

export interface WatchOptions<Value> {
  readonly logger: Logger;
  /** Of all files at once: where they do not fit together, it rejects. */
  readonly read: () => Promise<Value>;
  /** Told of what was read anew. */
  readonly onChange?: (value: Value) => void;
  /** What the log says when it was, and when it could not be. */
  readonly texts: { readonly changed: string; readonly kept: string };
  /** When what could not be read is tried again: at every look, or once a file has changed, where reading is dear. */
  readonly retry?: 'every look' | 'on change';
  readonly factsOf?: (value: Value) => Readonly<Record<string, unknown>>;
}

/**
 * What files hold, which are looked at again every second and read when one of them changed. What cannot be read leaves what was there,
 * and is said once for each reason. Rejects as `read` does at the start.
 */
export async function watchFiles<Value>(
  files: readonly string[],
  {
    logger,
    read,
    onChange = () => undefined,
    texts,
    retry = 'every look',
    factsOf = () => ({}),
  }: WatchOptions<Value>,
): Promise<WatchedFiles<Value>> {
  // Before they are read: what changes meanwhile is read again.
  let version = await versionOfFiles(files);
  let value = await read();
  let failure = '';
  const look = async (): Promise<void> => {
    const found = await versionOfFiles(files);
    if (found === version) return;
    if (retry === 'on change') version = found;
    try {
      value = await read();
      onChange(value);
      version = found;
      failure = '';
      logger.info({ files, ...factsOf(value) }, texts.changed);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== failure) logger.error({ files, error: reason }, texts.kept);
      failure = reason;
    }
  };
  let looking = Promise.resolve();
  const timer =
    files.length === 0
      ? undefined
      : setInterval(() => {
          looking = looking.then(look);
        }, LOOK_MS).unref();
  return {
    get value() {
      return value;
    },
    close: () => {
      clearInterval(timer);
    },
  };
}

/** Changes with any of them, also where a mount swaps a link for another; an empty text for each that cannot be looked at. */
async function versionOfFiles(files: readonly string[]): Promise<string> {
  const versions = await Promise.all(files.map((file) => versionOfFile(file).catch(() => '')));
  return versions.join('|');
}

async function versionOfFile(file: string): Promise<string> {
  const { dev, ino, mtimeMs, size } = await stat(file);
  return [dev, ino, mtimeMs, size].join(':');
}
