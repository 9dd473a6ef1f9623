import { createBatchEncoder, createBatchDecoder, encodeMark, encodeSpecMark } from '@burnline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdentityReader } from '../../services/sink/dist/identity-walk.js';
import { MessageReader } from '../../services/sink/dist/message-reader.js';
import { eventNumber } from '../support/events.ts';
import { BATCHES, TOPICS, errorOf, framesOf, reportMessage, schemas, type Frame } from './support/events.ts';
import { RunningIntake } from './support/running-intake.ts';

/** Goal: the intake takes events, verdicts and reports, each in its own topic, and never a mark; so do readers of a topic. */
let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start();
});
afterAll(() => intake.stop());

const event = createBatchEncoder({ kind: 'inference', schemas });
event.append(eventNumber(1));
const MESSAGES = {
  inference: event.finish(),
  report: reportMessage(),
  idleMark: encodeMark({ kind: 'idle', marked_at: Date.now() * 1_000 }, schemas),
  endMark: encodeMark({ kind: 'end', marked_at: Date.now() * 1_000 }, schemas),
  specMark: encodeSpecMark(
    { marked_at: Date.now() * 1_000, begun_specs: [], ended_specs: ['chat@1'] },
    schemas,
  ),
};

const post = (...frames: readonly Frame[]): Promise<Response> =>
  intake.post('/v1/batches', framesOf(...frames), BATCHES);

describe('the intake', () => {
  it.each(['idleMark', 'endMark', 'specMark'] as const)(
    'never takes a mark: %s, in any topic',
    async (name) => {
      for (const topic of [TOPICS.inference, TOPICS.verdicts, TOPICS.reports]) {
        const answer = await post({ topic, value: MESSAGES[name] });
        expect(answer.status).toBe(400);
        const { code, details } = await errorOf(answer);
        expect(code).toBe('COLLECTOR_FRAMES_INVALID');
        expect(details['problems']).toMatchObject([{ index: 0, code: 'kind_misplaced' }]);
      }
    },
  );

  it('refuses a record in the topic of another kind, and what came with it', async () => {
    const answer = await post(
      { topic: TOPICS.inference, value: MESSAGES.inference },
      { topic: TOPICS.verdicts, value: MESSAGES.inference },
      { topic: TOPICS.inference, value: MESSAGES.report },
    );
    expect(answer.status).toBe(400);
    expect((await errorOf(answer)).details).toMatchObject({
      wrongCount: 2,
      wrongIndexes: [1, 2],
      problems: [
        { index: 1, code: 'kind_misplaced' },
        { index: 2, code: 'kind_misplaced' },
      ],
    });
    for (const topic of ['inference', 'verdicts', 'reports'] as const)
      expect(await intake.ids(topic)).toEqual([]);
  });

  it.each([
    ['drops of 9e15', { dropped_by_reason: { forged: 9e15 } }, 'dropped_by_reason.forged'],
    ['counts below zero', { emitted_count: -1 }, 'emitted_count'],
    ['an interval of the future', { interval_end: (Date.now() + 3_600_000) * 1_000 }, 'interval_end'],
    ['an interval of 1970', { interval_start: 0, interval_end: 10_000_000 }, 'interval_end'],
    [
      'an interval that ends before it begins',
      { interval_start: Date.now() * 1_000 + 3.6e9 },
      'interval_end',
    ],
  ])('refuses a report that claims %s', async (_, change, path) => {
    const answer = await post({ topic: TOPICS.reports, value: reportMessage(change) });
    expect(answer.status).toBe(400);
    expect((await errorOf(answer)).details['problems']).toMatchObject([{ index: 0, path }]);
    expect(await intake.ids('reports')).toEqual([]);
  });

  it('takes each in its place', async () => {
    const answer = await post(
      { topic: TOPICS.inference, value: MESSAGES.inference },
      { topic: TOPICS.reports, value: reportMessage(), partition: 1 },
    );
    expect(await answer.json()).toMatchObject({ accepted: 2 });
    expect(await intake.ids('inference')).toHaveLength(1);
    expect(await intake.ids('reports')).toHaveLength(1);
  });
});

describe('whoever keeps raw rows', () => {
  const read = (topic: string, value: Uint8Array): string | undefined => {
    const decoder = createBatchDecoder(schemas);
    const parts = { topic, decoder, schemas, identities: new IdentityReader(), repeatWindowMessages: 4 };
    const pending = new MessageReader(parts).read({ offset: 0, timestampMs: Date.now(), value });
    return pending?.kind === 'bad' ? pending.code : pending?.kind;
  };

  it('sets aside what does not belong into a topic, whoever wrote it; the pipeline’s own marks pass', () => {
    expect(read(TOPICS.reports, MESSAGES.specMark)).toBe('CONTRACT_KIND_MISPLACED');
    expect(read(TOPICS.reports, MESSAGES.inference)).toBe('CONTRACT_KIND_MISPLACED');
    expect(read(TOPICS.verdicts, MESSAGES.inference)).toBe('CONTRACT_KIND_MISPLACED');
    expect(read(TOPICS.inference, MESSAGES.report)).toBe('CONTRACT_KIND_MISPLACED');
    const forged = reportMessage({ dropped_by_reason: { forged: 9e15 } });
    expect(read(TOPICS.reports, forged)).toBe('CONTRACT_REPORT_IMPOSSIBLE');
    expect(read(TOPICS.inference, MESSAGES.idleMark)).toBeUndefined();
    expect(read(TOPICS.inference, MESSAGES.inference)).toBe('inference');
    expect(read(TOPICS.reports, MESSAGES.report)).toBe('report');
  });
});
