import { randomUUID } from 'node:crypto';
import { readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { invariant } from '@burnline/core';
import { quotedName } from '../sql/sql-tokens.ts';
import { NO_CONTEXT } from './no-context.ts';
import type { EngineSession } from './engine-session.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Puts the plain database beneath it in the place of the engine's own `default`.
 *
 * That one overlays its tables with the files of the host: a table's name may be a path, and whoever may ask whether a table
 * exists may ask it of every file. The tables themselves are in an ordinary database, whose id its folder's link tells. It is
 * done at each start, because the engine overlays it anew; what the tables hold is the same with and without.
 *
 * Call it while no other session is open.
 */
export async function uncoverDefaultDatabase(session: EngineSession, databasePath: string): Promise<void> {
  const link = join(databasePath, 'metadata', 'default');
  await session.run(NO_CONTEXT, async (query) => {
    // The engine makes the folder with the first table.
    const first = quotedName(`burnline-first-${randomUUID()}`);
    await query(`CREATE TABLE default.${first} (none UInt8) ENGINE = Memory`, 'Null');
    await query(`DROP TABLE default.${first} SYNC`, 'Null');
    const uuid = basename(await readlink(link));
    invariant(UUID.test(uuid), `${link} points to the default database's folder`);
    await query('DETACH DATABASE default', 'Null');
    await query(`ATTACH DATABASE default UUID '${uuid}' ENGINE = Atomic`, 'Null');
    const check = await query("SELECT engine FROM system.databases WHERE name = 'default'", 'RawBLOB');
    invariant(Buffer.from(check.bytes).toString() === 'Atomic', 'the default database shows no files');
  });
}
