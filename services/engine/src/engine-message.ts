import type { EngineConfig } from './config.ts';

/** What the engine's process tells the one that started it: one JSON line, and the same object over IPC. */
export type EngineMessage =
  | { readonly event: 'ready'; readonly pid: number; readonly port: number; readonly url: string }
  | {
      readonly event: 'failed';
      readonly code: string;
      readonly message: string;
      readonly remedy: string | undefined;
      readonly details: Readonly<Record<string, unknown>>;
    };

export function isEngineMessage(value: unknown): value is EngineMessage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'event' in value &&
    (value.event === 'ready' || value.event === 'failed')
  );
}

/** What the starter tells the engine's process first. Passwords travel this way: a process's environment can be read from outside. */
export interface EngineOrder {
  readonly event: 'configure';
  readonly config: EngineConfig;
}

export function isEngineOrder(value: unknown): value is EngineOrder {
  return typeof value === 'object' && value !== null && 'event' in value && value.event === 'configure';
}
