import { readServiceActions, type KnownActions } from '@burnline/queries';
import { z } from 'zod';
import { actions } from '../contract/index.ts';
import { aboutOf, endOf, oneStream } from '../reading/about.ts';
import { KeptAnswers } from '../reading/kept-answers.ts';
import { QUERY, route } from '../route.ts';

/** Whoever asks again within it has the same answer: budgets move slowly, and senders are many. */
const STEP_MS = 30_000;
/** Answers that are kept, those of steps that are over among them. */
const KEPT_MAX = 1_000;

/** What was found for the step is what the step has: it takes statements over a week of raw rows. */
const keptActions = new KeptAnswers<KnownActions>(KEPT_MAX);

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
    const asked = { stream: progress.stream, service, asOfMs };
    const found = await keptActions.of(store, JSON.stringify(asked), () => readServiceActions(store, asked));
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
