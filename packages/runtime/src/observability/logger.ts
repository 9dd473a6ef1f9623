import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { pino } from 'pino';
import { terminalLine } from './terminal-line.ts';

/** Structured log lines. Fields hold facts; the message is a short sentence. Never pass secrets or prompt texts. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const STANDARD_ERROR = 2;

/** Lines on standard error, since standard output belongs to a command's own answer: JSON, on a terminal plain text. */
export function createLogger(options: { readonly name: string; readonly level: LogLevel }): Logger {
  return pino(
    { name: options.name, level: options.level, redact: ['password', '*.password', 'headers.authorization'] },
    isatty(STANDARD_ERROR) ? terminalStream() : pino.destination({ fd: STANDARD_ERROR, sync: true }),
  );
}

function terminalStream(): { readonly write: (line: string) => void } {
  return {
    write: (line) => {
      writeSync(STANDARD_ERROR, terminalLine(line));
    },
  };
}
