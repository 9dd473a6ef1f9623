export { isLoopback } from './config.ts';
export type { EngineConfig, EngineUser, TenantTables } from './config.ts';
export type { EngineErrorCode } from './engine-error.ts';
export { startEngine } from './start-engine.ts';
export type { Engine, EngineExit, EngineOptions } from './start-engine.ts';
