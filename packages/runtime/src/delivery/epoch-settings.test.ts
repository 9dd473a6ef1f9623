import { topicsOf } from '@burnline/contracts';
import { expect, it } from 'vitest';
import { EPOCH_SETTINGS } from './epoch-settings.ts';

it('the log keeps what counting needs to go on, however long the pipeline was stopped', () => {
  const { inference, verdicts, reports } = topicsOf('live', { partitionCount: 2, kind: 'live' });
  // The last commit stands at the start of a chunk; repeats are decided from so many messages before it.
  const neededCount = EPOCH_SETTINGS.chunkEventsMax + EPOCH_SETTINGS.repeatWindowMessages;
  for (const topic of [inference, verdicts, reports])
    expect(topic.messagesKeptMin).toBeGreaterThanOrEqual(neededCount);
});
