import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningIntake } from '../../../attack/support/running-intake.ts';
import { TRACE_ID, attributesOf, logsRequestOf, requestOf, spanIdOf, spanOf } from '../otlp-sample.ts';
import { protobufOf } from './otlp-proto.ts';

/**
 * Goal: results of guardrails in logs, on spans and in spans of their own become verdicts with their providers' own values, in either
 * encoding; texts that they looked at are not kept.
 */
const CANARY = 'CANARY of what somebody wrote';

let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start({ partitionCount: 1 });
});
afterAll(() => intake.stop());

type Verdict = Readonly<Record<string, unknown>>;

/** The verdicts that a request adds, the same in both encodings. */
async function added(
  path: string,
  request: object,
  message?: Parameters<typeof protobufOf>[1],
): Promise<readonly Verdict[]> {
  const send = async (body: string | Buffer, type: string): Promise<readonly Verdict[]> => {
    const before = (await intake.records('references')).length;
    expect((await intake.post(path, body, { 'content-type': type })).status).toBe(200);
    return (await intake.records('references')).slice(before);
  };
  const inJson = await send(JSON.stringify(request), 'application/json');
  expect(await send(protobufOf(request, message), 'application/x-protobuf')).toEqual(inJson);
  return inJson;
}
const ofLogs = (...records: readonly object[]): Promise<readonly Verdict[]> =>
  added('/v1/logs', logsRequestOf(records), 'ExportLogsServiceRequest');
const ofSpans = (...spans: readonly object[]): Promise<readonly Verdict[]> =>
  added('/v1/traces', requestOf(spans));

describe('the result of a guardrail', () => {
  const said = (attributes: Readonly<Record<string, string | number | boolean>>): Verdict => ({
    timeUnixNano: '1789900000000000000',
    eventName: 'gen_ai.guardrail.result',
    traceId: TRACE_ID,
    spanId: spanIdOf(31),
    attributes: attributesOf({ 'gen_ai.guardrail.component.name': 'content', ...attributes }),
  });
  const resultOf = (type: string, value: string | number | boolean): Verdict =>
    said({ 'gen_ai.guardrail.result.type': type, 'gen_ai.guardrail.result.value': value });

  it.each([
    ['action', 'NONE', true, null],
    ['action', 'GUARDRAIL_INTERVENED', false, null],
    ['filter_match_state', 'NO_MATCH_FOUND', true, null],
    ['filter_match_state', 'MATCH_FOUND', false, null],
    ['tripwire_triggered', true, false, null],
    ['tripwire_triggered', false, true, null],
    ['validation_passed', true, true, null],
  ] as const)('of %s %s has passed: %s', async (type, value, passed, score) => {
    expect(await ofLogs(resultOf(type, value))).toMatchObject([
      {
        ...{ span_id: spanIdOf(31), trace_id: TRACE_ID, evaluator: 'content', kind: 'guardrail' },
        ...{ dimension: 'safety', passed, score },
        attributes: { guardrail_type: type, guardrail_value: String(value) },
      },
    ]);
  });

  it('that is for an SLO to judge keeps its own value, undecided', async () => {
    const [severity, masked, flag] = await ofLogs(
      said({
        'gen_ai.guardrail.result.type': 'severity',
        'gen_ai.guardrail.result.value': 4,
        'gen_ai.guardrail.risk.category': 'Hate',
        'gen_ai.guardrail.source': 'output',
        'gen_ai.guardrail.policy.version': '7',
      }),
      resultOf('action', 'ANONYMIZED'),
      resultOf('outcome', true),
    );
    const undecided = { undecided: 'true' };
    expect(severity).toMatchObject({
      ...{ passed: false, score: 4, evaluator_version: '7' },
      attributes: {
        ...undecided,
        guardrail_category: 'Hate',
        guardrail_source: 'output',
        guardrail_value: '4',
      },
    });
    expect(masked).toMatchObject({
      passed: false,
      attributes: { ...undecided, guardrail_value: 'ANONYMIZED' },
    });
    expect(flag).toMatchObject({ passed: false, attributes: { ...undecided, guardrail_value: 'true' } });
  });

  it('of several categories at once is a verdict of each, and none of a guardrail that failed', async () => {
    const of = (category: string): Verdict =>
      said({ 'gen_ai.guardrail.result.value': 'deny', 'gen_ai.guardrail.risk.category': category });
    const failed = said({ 'gen_ai.guardrail.result.value': 'deny', 'error.type': 'timeout' });
    const verdicts = await ofLogs(
      of('Hate'),
      of('Violence'),
      failed,
      said({ 'gen_ai.guardrail.status': 'ERROR' }),
    );
    expect(new Set(verdicts.map(({ event_id }) => event_id)).size).toBe(2);
    expect(verdicts).toHaveLength(2);
  });

  it('on its own span is of the span above it, once, and the span is no call', async () => {
    const calls = (await intake.ids('inference')).length;
    const guard = (number: number, attributes: object, events: readonly object[] = []): object =>
      spanOf(
        number,
        {},
        {
          ...{ name: 'guard', kind: 1, parentSpanId: spanIdOf(99), events },
          attributes: attributesOf(attributes as Readonly<Record<string, string>>),
        },
      );
    const event = {
      name: 'gen_ai.guardrail.result',
      timeUnixNano: '1789900002000000000',
      attributes: attributesOf({
        'gen_ai.guardrail.component.name': 'bedrock',
        'gen_ai.guardrail.result.value': 'allow',
        'gen_ai.guardrail.content.input.value': CANARY,
      }),
    };
    const verdicts = await ofSpans(
      guard(32, { 'gen_ai.guardrail.name': 'pii-check', 'gen_ai.guardrail.status': 'FAILED' }),
      guard(
        33,
        {
          'gen_ai.operation.name': 'apply_guardrail',
          'gen_ai.provider.name': 'aws.bedrock',
          'gen_ai.request.model': 'm',
          'gen_ai.guardrail.component.name': 'bedrock',
          'gen_ai.guardrail.verdict.type': 'allow',
        },
        [event],
      ),
    );
    const judged = { span_id: spanIdOf(99), trace_id: TRACE_ID, kind: 'guardrail' };
    expect(verdicts).toMatchObject([
      { ...judged, evaluator: 'pii-check', passed: false },
      { ...judged, evaluator: 'bedrock', passed: true, judged_at: 1_789_900_002_000_000 },
    ]);
    expect(verdicts).toHaveLength(2);
    expect(await intake.ids('inference')).toHaveLength(calls);
    expect((await intake.bytes('references')).includes(CANARY)).toBe(false);
  });

  it('is left out where nobody is named, with its place', async () => {
    const answer = await intake.post(
      '/v1/logs',
      JSON.stringify(
        logsRequestOf([
          said({ 'gen_ai.guardrail.component.name': '', 'gen_ai.guardrail.result.value': 'deny' }),
        ]),
      ),
    );
    expect({ status: answer.status, text: await answer.text() }).toEqual({
      status: 400,
      text: expect.stringContaining('gen_ai.guardrail.component.name') as string,
    });
  });
});
