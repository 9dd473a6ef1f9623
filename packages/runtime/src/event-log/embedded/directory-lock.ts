import { randomBytes } from 'node:crypto';
import { readdir, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';
import { logError } from '../log-errors.ts';

/**
 * One process owns a directory. The owner listens on a unix socket in it, `owner-<pid>-<random>.sock`, and whoever opens the
 * directory tries to connect to every such socket: an answer means a live owner, a refusal a dead one.
 *
 * Why a socket: the kernel closes it with the process, kill -9 included; it answers while the owner's event loop is busy or
 * the owner is stopped; and unlike a pid it means the same in two containers that share the directory (both may be pid 1
 * there). Node has no call for flock. A stale file costs one refused connection and is removed.
 *
 * No two can both win: each listens first and looks second, so of two that start at once the one that looks later sees the
 * other. Both may be refused then; nobody is harmed.
 */
const OWNER_SOCKET = /^owner-(\d+)-[0-9a-f]{8}\.sock$/;
/** The kernel's field has 108 bytes on Linux and 104 on macOS, a terminating zero included. */
const SOCKET_PATH_BYTES_MAX = 103;

export interface DirectoryLock {
  release(): Promise<void>;
}

/** Rejects with LOG_IN_USE, naming the pid, or LOG_UNWRITABLE. The directory exists. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const ownName = `owner-${process.pid}-${randomBytes(4).toString('hex')}.sock`;
  const server = await listen(directory, ownName);
  const release = () =>
    new Promise<void>((resolve) => {
      // Node removes the socket file when it closes the server.
      server.close(() => {
        resolve();
      });
    });
  try {
    for (const name of await readdir(directory)) {
      const pid = OWNER_SOCKET.exec(name)?.[1];
      if (pid === undefined || name === ownName) continue;
      if (await isAnswered(join(directory, name))) throw inUseError(directory, Number(pid));
      await unlink(join(directory, name)).catch(ignoreMissing);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

function listen(directory: string, name: string): Promise<Server> {
  const path = socketPath(join(directory, name));
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.destroy();
    });
    // The lock alone must not keep the process alive.
    server.unref();
    // Stays for the lock's life: a failed accept, for want of descriptors, must not end the process.
    server.on('error', (cause) => {
      reject(
        logError(
          'LOG_UNWRITABLE',
          `No lock can be made in the log's directory ${directory}: ${cause.message}.`,
          {
            remedy: 'Give the process write access to a directory on a local disk that takes unix sockets.',
            details: { directory },
            cause,
          },
        ),
      );
    });
    if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
      server.emit(
        'error',
        new Error(`its path is longer than ${SOCKET_PATH_BYTES_MAX} bytes with the lock's name`),
      );
      return;
    }
    server.listen(path, () => {
      resolve(server);
    });
  });
}

function isAnswered(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath(file));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

/** Deep directories fit more often when they are named from where the process runs. */
function socketPath(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return fromHere.length < file.length ? fromHere : file;
}

function inUseError(directory: string, pid: number): Error {
  return logError('LOG_IN_USE', `The log's directory ${directory} is open in process ${pid}.`, {
    remedy: `Stop process ${pid}, or use another directory: one process owns a log.`,
    details: { directory, pid },
  });
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
