import {
  readDeadLetterCounts,
  readEngineState,
  readSources,
  readUncovered,
  readUndelivered,
  readWaitingRevisions,
  readWatermarks,
} from '@burnline/queries';
import { z } from 'zod';
import { pipeline } from '../contract/index.ts';
import { aboutOf } from '../reading/about.ts';
import { route } from '../route.ts';

export const pipelineRoute = route({
  path: '/pipeline',
  summary: 'The pipeline itself: how far it is, who reports, what was set aside, what was not delivered',
  query: z.strictObject({}),
  answer: pipeline,
  answerTo: async ({ store, book, clock }) => {
    const page = await book.page();
    const askedAtMs = clock.nowMs();
    const engine = await readEngineState(store);
    const answeredInMs = Math.max(0, clock.nowMs() - askedAtMs);
    const [watermarks, sources, uncovered, backfilling, deadLetters, undelivered] = await Promise.all([
      readWatermarks(store),
      readSources(store),
      readUncovered(store, askedAtMs),
      readWaitingRevisions(store),
      readDeadLetterCounts(store),
      readUndelivered(store),
    ]);
    return {
      about: aboutOf(page, null),
      watermarks: [...watermarks],
      sources: [...sources],
      uncovered: [...uncovered],
      backfilling: [...backfilling],
      deadLetters: [...deadLetters],
      undelivered: [...undelivered],
      engine: { ...engine, answeredInMs },
    };
  },
});
