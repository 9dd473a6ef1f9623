import type { SealTables } from '../../../packages/judging/dist/sealing/seal-tables.js';
import { busy, type Process, type World } from './faulty-ports.ts';

/** The sealer's port as one process sees it: any call may wait, fail, or die before, within or after its effect. */
export function faultySealTables(process: Process, world: World): SealTables {
  const { random } = process;
  const memory = world.sealTables;
  const call = async <T>(run: () => Promise<T>, runPart?: () => void): Promise<T> => {
    await process.delay([0, 0, 0, 20, 400]);
    memory.nowMs = world.time.nowMs;
    const fate = world.isFaulty ? random.next() : 1;
    if (fate < 0.06 && fate >= 0.02) runPart?.();
    if (fate < 0.04) return process.die();
    if (fate < 0.06) throw busy('STORE_BUSY');
    const result = await run();
    if (fate < 0.08) return process.die();
    if (fate < 0.1) throw busy('STORE_BUSY');
    return result;
  };
  return {
    epochs: () => call(() => memory.epochs()),
    closings: (page) => call(() => memory.closings(page)),
    readableChunkCount: (stretch) => call(() => memory.readableChunkCount(stretch)),
    archiveHours: (stretch) =>
      call(
        () => memory.archiveHours(stretch),
        () => {
          for (const row of memory.hourRowsOf(stretch))
            if (random.chance(0.5)) memory.archiveRows.insert(row);
        },
      ),
    firstHourMs: (where) => call(() => memory.firstHourMs(where)),
    archiveDay: (day) => call(() => memory.archiveDay(day)),
    movePointer: (pointer) => call(() => memory.movePointer(pointer)),
    sealedRows: (standingMs) => call(() => memory.sealedRows(standingMs)),
    dropRows: (rows) => call(() => memory.dropRows(rows)),
  };
}
