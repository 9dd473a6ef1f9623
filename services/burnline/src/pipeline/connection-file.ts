import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const connection = z.object({
  url: z.string(),
  pid: z.number().int(),
  /** Where the pipeline takes what an operator asks for, and what it wants to see for that; one that only replays has none. */
  operations: z.object({ url: z.string(), token: z.string() }).optional(),
});

/** How other commands find the pipeline that runs on a data directory. */
export type Connection = z.infer<typeof connection>;

const FILE_NAME = 'running.json';

export async function recordConnection(dataDirectory: string, value: Connection): Promise<void> {
  const file = path.join(dataDirectory, FILE_NAME);
  // Whoever reads meanwhile finds all of it or none.
  const written = `${file}.${randomUUID()}`;
  try {
    await writeFile(written, JSON.stringify(value), { mode: 0o600 });
    await rename(written, file);
  } catch (error) {
    await rm(written, { force: true });
    throw error;
  }
}

export async function forgetConnection(dataDirectory: string): Promise<void> {
  await rm(path.join(dataDirectory, FILE_NAME), { force: true });
}

/** The pipeline that runs on the directory now; null if none does. A file that a killed process left, or half of one, does not count. */
export async function findConnection(dataDirectory: string): Promise<Connection | null> {
  let text: string;
  try {
    text = await readFile(path.join(dataDirectory, FILE_NAME), 'utf8');
  } catch {
    return null;
  }
  const parsed = connection.safeParse(parseJson(text));
  if (!parsed.success) return null;
  try {
    const answer = await fetch(`${parsed.data.url}/ping`, { signal: AbortSignal.timeout(2_000) });
    await answer.body?.cancel();
    return answer.ok ? parsed.data : null;
  } catch {
    return null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
