export { evalVerdicts, inferenceEvents, marks, sourceReports } from './arbitraries.ts';
export { USUAL, writeMessage, writersOf } from './random-messages.ts';
export type { Manner, Writer } from './random-messages.ts';
export { NOW_MS, recordsOf, spreadRecords } from './random-records.ts';
export { predicatesOver, sliSets } from './random-slis.ts';
