import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { apiUrl, isAskedWrongly } from './client.ts';

/** How answers are kept fresh: by what the server says, or by asking again. */
export type Freshness = 'stream' | 'polling';

export const POLL_MS = 10_000;
/** Changes that come faster are taken together: a page asks again this often at most. */
const ASK_AGAIN_MS = 4_000;

let freshness: Freshness = 'polling';
const listeners = new Set<() => void>();

function become(next: Freshness): void {
  if (next === freshness) return;
  freshness = next;
  for (const listener of listeners) listener();
}

export function useFreshness(): Freshness {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => freshness,
  );
}

/**
 * Follows the server's stream of changes for as long as the page lives: each one makes what is on the page be asked for
 * again. While there is no stream, queries ask by themselves (`POLL_MS`).
 */
export function followChanges(queries: QueryClient): void {
  const source = new EventSource(apiUrl('changes'));
  let lastMs = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const askAgain = (): void => {
    timer = null;
    lastMs = performance.now();
    void queries.invalidateQueries({ predicate: ({ state }) => !isAskedWrongly(state.error) });
  };
  source.addEventListener('open', () => {
    become('stream');
  });
  source.addEventListener('error', () => {
    become('polling');
  });
  source.addEventListener('change', () => {
    timer ??= setTimeout(askAgain, Math.max(lastMs + ASK_AGAIN_MS - performance.now(), 0));
  });
}
