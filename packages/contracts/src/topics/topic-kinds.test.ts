import { expect, it } from 'vitest';
import { belongsInto, checkPlace, topicKind } from './topic-kinds.ts';
import { streamTopicNames } from './topics.ts';

it('each topic of a stream takes its own kind; marks belong where messages are counted', () => {
  const { inference, verdicts, reports } = streamTopicNames('live');
  const taken = [inference, verdicts, reports].map((topic) =>
    (['inference', 'verdict', 'report', 'mark'] as const).filter((kind) => belongsInto(topic, kind)),
  );
  expect(taken).toEqual([['inference', 'mark'], ['verdict', 'mark'], ['report']]);
  expect([inference, verdicts, reports].map(topicKind)).toEqual(['inference', 'verdict', 'report']);
  expect(() => {
    checkPlace(reports, 'mark');
  }).toThrow(expect.objectContaining({ code: 'CONTRACT_KIND_MISPLACED', outcome: 'dead-letter' }) as Error);
});

it('a topic that is none of a stream has no kind of its own', () => {
  expect(topicKind('toString')).toBeNull();
  expect(topicKind('burnline.decisions')).toBeNull();
  expect(belongsInto('t', 'report')).toBe(true);
});
