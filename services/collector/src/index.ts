export { KEY_FILE_BYTES_MAX, makeKey, parseKeyFile } from './access/key-file.ts';
export { COLLECTOR_VARIABLES } from './collector-variables.ts';
export type { CollectorParts } from './collector-parts.ts';
export { DIALECTS } from './intake/dialect-table.ts';
export { LiveWriter } from './live-writer.ts';
export type { LiveTopics } from './live-writer.ts';
export { serveCollector } from './serve.ts';
export type { CollectorAddress, CollectorServer } from './serve.ts';
