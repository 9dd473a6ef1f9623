import type { Clock, OperationsActions, Store } from '@burnline/runtime';
import { addSilence, endSilence } from './change-silences.ts';
import { readSilences } from './silences.ts';

/** Silences over the operations port: `POST /silences/add` and `/silences/end`, `GET /silences`; whoever asks shows the token. */
export function silenceActions(
  store: Store,
  clock: Clock,
): Pick<OperationsActions, 'handlers' | 'questions'> {
  return {
    handlers: new Map([
      ['/silences/add', (body) => addSilence(store, body, clock.nowMs())],
      ['/silences/end', (body) => endSilence(store, body, clock.nowMs())],
    ]),
    questions: new Map([['/silences', async () => ({ silences: await readSilences(store) })]]),
  };
}
