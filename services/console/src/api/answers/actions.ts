import { readServiceActions, type KnownActions } from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { z } from 'zod';
import { actions } from '../contract/index.ts';
import { aboutOf, endOf, oneStream } from '../reading/about.ts';
import { QUERY, route } from '../route.ts';

/** Whoever asks again within it has the same answer: budgets move slowly, and senders are many. */
const STEP_MS = 30_000;
/** Services whose answers are kept; more are read again. */
const KEPT_MAX = 1_000;

interface Asked {
  readonly stream: string;
  readonly service: string;
  readonly asOfMs: number;
}

const keptOf = new WeakMap<
  Store,
  Map<string, { readonly asOfMs: number; readonly found: Promise<KnownActions> }>
>();

/** What was found for the step is what the step has: it takes statements over a week of raw rows. */
function actionsOf(store: Store, asked: Asked): Promise<KnownActions> {
  const kept = keptOf.get(store) ?? new Map<string, never>();
  keptOf.set(store, kept);
  const key = JSON.stringify([asked.stream, asked.service]);
  const known = kept.get(key);
  if (known?.asOfMs === asked.asOfMs) return known.found;
  const found = readServiceActions(store, asked);
  const one = { asOfMs: asked.asOfMs, found };
  kept.delete(key);
  kept.set(key, one);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_MAX) break;
    kept.delete(oldest);
  }
  // Nothing was found: whoever asks next reads again.
  found.catch(() => {
    if (kept.get(key) === one) kept.delete(key);
  });
  return found;
}

export const actionsRoute = route({
  path: '/services/{service}/actions',
  summary:
    'What policies ask for beside the gate: how many answers to evaluate, and what is marked for rollback',
  params: ['service'],
  query: z.strictObject({ stream: QUERY.stream }),
  answer: actions,
  answerTo: async ({ store, book }, { params: { service }, query: { stream } }) => {
    const page = await book.page();
    const progress = oneStream(page, stream);
    const asOfMs = Math.floor(endOf(progress, page) / STEP_MS) * STEP_MS;
    const found = await actionsOf(store, { stream: progress.stream, service, asOfMs });
    return {
      about: aboutOf(page, progress.stream),
      ...{ service, samplingRate: found.samplingRate, isComplete: found.isComplete },
      rollback: found.rollback.map((one) => ({
        ...one,
        labels: { ...one.labels },
        candidates: one.candidates.map((candidate) => ({ ...candidate })),
      })),
      evaluatedMs: found.evaluatedMs,
    };
  },
});
