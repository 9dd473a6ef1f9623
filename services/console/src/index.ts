export { CONSOLE_VARIABLES } from './console-variables.ts';
export { makeReadKey, parseReadKeys } from './http/access.ts';
export { serveConsole } from './serve.ts';
export type { ConsoleOptions, ConsoleServer } from './serve.ts';
