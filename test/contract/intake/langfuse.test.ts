import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../attack/support/events.ts';
import { RunningIntake } from '../../attack/support/running-intake.ts';
import { scoreOf } from './langfuse-sample.ts';

/** Goal: scores become verdicts of what they are of, in each form that Langfuse writes them; comments and texts are not kept. */
let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start();
});
afterAll(() => intake.stop());

type Fields = Readonly<Record<string, unknown>>;

/** What becomes of scores: the verdicts that they add. */
async function verdictsOf(...scores: readonly Fields[]): Promise<readonly Fields[]> {
  const before = new Set((await intake.records('references')).map(({ event_id: id }) => id));
  const answer = await intake.post(
    '/v1/langfuse/scores',
    scores.map((one) => JSON.stringify(one)).join('\n'),
  );
  expect(answer.status).toBe(200);
  const { ids } = (await answer.json()) as { readonly ids: readonly string[] };
  const all = await intake.records('references');
  expect(all.filter(({ event_id: id }) => !before.has(id))).toHaveLength(ids.length);
  return ids.map((id) => all.find(({ event_id: own }) => own === id)!);
}

describe('a score', () => {
  it('as the API lists it is a verdict of its observation', async () => {
    expect(await verdictsOf(scoreOf(1))).toMatchObject([
      {
        judged_at: 1_789_900_000_000_000,
        span_id: '0000000000000001',
        trace_id: '5b8efff798038103d269b633813fc60c',
        response_id: null,
        evaluator: 'correctness',
        kind: 'online_judge',
        dimension: 'quality',
        passed: false,
        score: 0.9,
        attributes: { undecided: 'true' },
      },
    ]);
  });

  it('as the blob export writes it, and as an event of the ingestion, says the same', async () => {
    const { traceId, observationId, dataType, ...rest } = scoreOf(2);
    const exported = { ...rest, trace_id: traceId, observation_id: observationId, data_type: dataType };
    const { timestamp, ...body } = scoreOf(3);
    const event = { id: 'event-1', timestamp, type: 'score-create', body };
    const [one, other] = await verdictsOf(exported, event);
    const own = { event_id: expect.any(String) as string, span_id: expect.any(String) as string };
    expect(one).toEqual({ ...other, ...own });
  });

  it.each([
    [
      'a flag',
      { value: 1, dataType: 'BOOLEAN' },
      { passed: true, score: null, attributes: { label: 'true' } },
    ],
    ['a flag that is not set', { value: 0, dataType: 'BOOLEAN' }, { passed: false, score: null }],
    [
      'a category',
      { value: 'good', dataType: 'CATEGORICAL' },
      { passed: true, attributes: { label: 'good' } },
    ],
    [
      'a category as the API lists it',
      { value: 3, stringValue: 'incorrect', dataType: 'CATEGORICAL' },
      { passed: false, attributes: { label: 'incorrect' } },
    ],
    ['an annotation', { source: 'ANNOTATION' }, { kind: 'user_feedback' }],
    [
      'a thumb',
      { name: 'user-feedback', value: 1, dataType: 'BOOLEAN' },
      { kind: 'user_feedback', passed: true },
    ],
    [
      'a judge of safety',
      { name: 'toxicity', value: 'safe', dataType: 'CATEGORICAL' },
      { dimension: 'safety', passed: true },
    ],
    [
      'a whole trace',
      { observationId: null },
      { span_id: null, trace_id: '5b8efff798038103d269b633813fc60c' },
    ],
  ])('of %s is read so', async (name, over, expected) => {
    expect(await verdictsOf(scoreOf(0, { ...over, id: name }))).toMatchObject([expected]);
  });

  it.each([
    ['a text', { dataType: 'TEXT', value: 'CANARY' }],
    ['a correction', { dataType: 'CORRECTION', stringValue: 'CANARY' }],
    ['a session', { traceId: null, observationId: null, sessionId: 's' }],
    ['another kind of event', { type: 'trace-create' }],
  ])('of %s is none', async (name, over) => {
    expect(await verdictsOf(scoreOf(0, { ...over, id: name }))).toEqual([]);
  });

  it.each([
    [true, ['1', 1, true, 'true', 'True']],
    [false, ['0', 0, false, 'false', 'False']],
  ] as const)('of a flag has passed: %s, however it is written', async (passed, values) => {
    for (const value of values) {
      const id = `flag-${typeof value}-${String(value)}`;
      expect(await verdictsOf(scoreOf(0, { id, value, dataType: 'BOOLEAN' }))).toMatchObject([
        { passed, score: null, attributes: { label: String(passed) } },
      ]);
    }
  });

  it('of a yes to something bad has not passed, and is undecided where nobody knows', async () => {
    const yes = { value: 1, dataType: 'BOOLEAN' };
    expect(await verdictsOf(scoreOf(0, { ...yes, id: 'bad', name: 'hallucination' }))).toMatchObject([
      { passed: false, attributes: { label: 'true' } },
    ]);
    expect(await verdictsOf(scoreOf(0, { ...yes, id: 'own', name: 'rule-7' }))).toMatchObject([
      { passed: false, attributes: { label: 'true', undecided: 'true' } },
    ]);
  });

  it('comes in pages as the API lists them, and in batches as its ingestion takes them', async () => {
    const numbers = Array.from({ length: 50 }, (_, number) => 100 + number);
    const page = {
      data: numbers.map((number) => scoreOf(number)),
      meta: { page: 1, limit: 50, totalItems: 50 },
    };
    expect(await verdictsOf(page)).toHaveLength(50);
    const { timestamp, ...body } = scoreOf(200);
    const event = { id: 'event-200', timestamp, type: 'score-create', body };
    const other = { id: 'event-201', timestamp, type: 'trace-create', body: { id: 't' } };
    expect(await verdictsOf({ metadata: null, batch: [event, other] })).toMatchObject([
      { evaluator: 'correctness', span_id: (200).toString(16).padStart(16, '0') },
    ]);
    expect(await verdictsOf({ data: [], meta: { page: 2 } })).toEqual([]);
  });

  it('in a page is told where it is wrong, and so is a page among others', async () => {
    const post = async (body: string): Promise<unknown> =>
      (await intake.post('/v1/langfuse/scores', body)).json();
    expect(await post(JSON.stringify({ data: [scoreOf(300), { foo: 1 }] }))).toMatchObject({
      accepted: 1,
      refused: { wrongIndexes: [1] },
    });
    const pages = [scoreOf(301), { data: [scoreOf(302)] }].map((one) => JSON.stringify(one)).join('\n');
    expect(await post(pages)).toMatchObject({
      accepted: 1,
      refused: { wrongIndexes: [1], problems: [{ path: 'data' }] },
    });
  });

  it.each([
    ['another object', { foo: 1 }],
    ['nothing', null],
    ['no id', { ...scoreOf(400), id: undefined }],
    ['no id of what is judged', { ...scoreOf(401), traceId: undefined, observationId: undefined }],
    ['no value', { ...scoreOf(402), value: undefined }],
    ['a flag that is none', { ...scoreOf(403), dataType: 'BOOLEAN', value: 'maybe' }],
    ['a number that is none', { ...scoreOf(404), value: 'high' }],
    ['an event that nobody knows', { type: 'foo' }],
  ])('that is %s is refused', async (_, body) => {
    const answer = await intake.post('/v1/langfuse/scores', JSON.stringify(body));
    expect([answer.status, await errorOf(answer)]).toMatchObject([
      400,
      { code: 'COLLECTOR_RECORDS_INVALID' },
    ]);
  });

  it('keeps no comment, metadata or label that is a text', async () => {
    const canary = 'CANARY of what somebody wrote';
    await verdictsOf(
      scoreOf(9, { comment: canary, metadata: { canary }, value: canary, dataType: 'CATEGORICAL' }),
    );
    expect((await intake.bytes('references')).includes('CANARY')).toBe(false);
  });

  it('whose ids are of no trace is left out, and says why', async () => {
    const answer = await intake.post(
      '/v1/langfuse/scores',
      JSON.stringify(scoreOf(10, { traceId: 'x', observationId: 'y' })),
    );
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('W3C');
  });
});
