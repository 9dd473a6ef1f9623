import { pino } from 'pino';

/** Structured log lines. Fields hold facts; the message is a short sentence. Never pass secrets or prompt texts. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** JSON lines on standard error: standard output belongs to a command's own answer. */
export function createLogger(options: { readonly name: string; readonly level: LogLevel }): Logger {
  return pino(
    { name: options.name, level: options.level, redact: ['password', '*.password', 'headers.authorization'] },
    pino.destination({ fd: 2, sync: true }),
  );
}
