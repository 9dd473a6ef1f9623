import { BATCH_FRAMES_CONTENT_TYPE, BATCH_FRAMES_PATH } from '@burnline/contracts';
import { checkType } from '../../access/media-type.ts';
import { JSON_ANSWERS } from '../../http/answers.ts';
import type { Dialect } from '../dialect.ts';
import { appendFrames } from './append-frames.ts';

/** What a publisher of our own sends: messages of the log, framed. */
export const batches: Dialect = {
  name: 'batches',
  answersTo: () => JSON_ANSWERS,
  routes: [
    {
      path: BATCH_FRAMES_PATH,
      checkType: (request) => {
        checkType(request, BATCH_FRAMES_CONTENT_TYPE);
      },
      take: appendFrames,
    },
  ],
};
