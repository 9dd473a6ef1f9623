export { CONSOLE_VARIABLES } from './console-variables.ts';
export { makeReadKey, makeWriteKey, parseReadKeys, parseWriteKeys } from './http/access.ts';
export type { Backtest } from './console-parts.ts';
export { serveConsole } from './serve.ts';
export type { ConsoleOptions, ConsoleServer } from './serve.ts';
