import type { SealTables } from '../../../packages/judging/dist/sealing/seal-tables.js';

/** The same port with some calls answered otherwise. */
export function changedTables(tables: SealTables, changes: Partial<SealTables>): SealTables {
  return {
    epochs: () => tables.epochs(),
    closings: (page) => tables.closings(page),
    readableChunkCount: (stretch) => tables.readableChunkCount(stretch),
    archiveHours: (stretch) => tables.archiveHours(stretch),
    firstHourMs: (where) => tables.firstHourMs(where),
    archiveDay: (day) => tables.archiveDay(day),
    movePointer: (pointer) => tables.movePointer(pointer),
    sealedRows: (standingMs) => tables.sealedRows(standingMs),
    dropRows: (rows) => tables.dropRows(rows),
    ...changes,
  };
}
