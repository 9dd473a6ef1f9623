export { createCollectorApp } from './app.ts';
export type { CollectorParts } from './collector-parts.ts';
export { LiveWriter } from './live-writer.ts';
export type { LiveTopics } from './live-writer.ts';
export { serveCollector } from './serve.ts';
export type { CollectorServer } from './serve.ts';
export { COLLECTOR_VARIABLES } from './collector-variables.ts';
