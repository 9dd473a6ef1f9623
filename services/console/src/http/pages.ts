import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { consoleError } from '../console-error.ts';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

/** Names that a build makes: nothing that begins with a dot, and no way out of the folder. */
const FILE_PATH = /^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/;
/** What carries a hash of its content in its name. */
const ASSETS = 'assets/';
const BASE = /<base href="[^"]*"\s*\/?>/;

/**
 * The browser application: its files by their names, and for every other path its page, whose base says how deep the path is, so
 * that it works behind any prefix that a proxy takes away. Rejects with CONSOLE_NOT_BUILT or CONSOLE_NOT_FOUND.
 */
export async function pageOf(webRoot: string, pathname: string): Promise<Response> {
  const name = pathname.replace(/^\//, '');
  const type = MEDIA_TYPES[path.extname(name)];
  const isFile = type !== undefined && FILE_PATH.test(name) && name !== 'index.html';
  if (isFile || name.startsWith(ASSETS)) return fileOf(webRoot, name, type);
  const page = await readIfThere(path.join(webRoot, 'index.html'));
  if (page === null)
    throw consoleError('CONSOLE_NOT_BUILT', 'The browser application is not built', {
      remedy: 'Run `npm run build`; the API is there without it: /api/v1/openapi.json has its questions.',
    });
  const depth = name.split('/').length - 1;
  const base = depth === 0 ? './' : '../'.repeat(depth);
  return new Response(page.toString('utf8').replace(BASE, `<base href="${base}" />`), {
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' },
  });
}

async function fileOf(webRoot: string, name: string, type: string | undefined): Promise<Response> {
  const bytes =
    type !== undefined && FILE_PATH.test(name) ? await readIfThere(path.join(webRoot, name)) : null;
  if (bytes === null || type === undefined)
    throw consoleError('CONSOLE_NOT_FOUND', 'The application has no such file', {
      remedy: 'Load the page anew: a newer version of it has other files.',
    });
  const isHashed = name.startsWith(ASSETS);
  return new Response(new Uint8Array(bytes), {
    headers: {
      'content-type': type,
      'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    },
  });
}

async function readIfThere(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(String(error.code))
    )
      return null;
    throw error;
  }
}
