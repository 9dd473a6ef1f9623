import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningIntake } from '../../../attack/support/running-intake.ts';
import { requestOf, spanOf } from '../otlp-sample.ts';
import { protobufOf } from './otlp-proto.ts';

/**
 * Goal: an intake that is asked to says of prompts and answers how long they are, in which script, how often they repeat
 * themselves, whether they decline and whether they are the JSON that was asked for, and keeps no word of them; one that is
 * not asked says nothing.
 */
const CANARY = 'canary-7f3a';
const messages = (role: string, ...contents: readonly string[]): string =>
  JSON.stringify(contents.map((content) => ({ role, parts: [{ type: 'text', content }] })));

const CHOICES = JSON.stringify(
  [1, 2].map((a) => ({
    role: 'assistant',
    parts: [
      { type: 'reasoning', content: `Hm, ${CANARY}.` },
      { type: 'text', content: `{"a":${a}}` },
    ],
  })),
);

const CASES = [
  {
    sender: 'semantic conventions',
    attributes: {
      'gen_ai.input.messages': messages('user', `Größe? ${CANARY}`),
      'gen_ai.output.messages': messages('assistant', `I'm sorry, I can't help with ${CANARY}.`),
    },
    measures: {
      input_characters: 18,
      output_characters: 41,
      output_refusal: 1,
      output_non_ascii_ratio: 0,
      output_repetition_ratio: 0,
    },
    schema_valid: null,
  },
  {
    sender: 'OpenInference, the flattened messages before the value',
    attributes: {
      'input.value': `{"messages":"${CANARY}"}`,
      'output.value': `{"whole":"${CANARY}"}`,
      'llm.output_messages.0.message.content': 'äöü a b c d a b c d',
    },
    measures: {
      input_characters: 26,
      output_characters: 19,
      output_non_ascii_ratio: 3 / 19,
      output_repetition_ratio: 1 / 6,
    },
    schema_valid: null,
  },
  {
    sender: 'OpenLLMetry, JSON that was asked for',
    attributes: { 'gen_ai.output.type': 'json', 'gen_ai.completion.0.content': `{"answer":"${CANARY}"}` },
    measures: { output_characters: 24, output_refusal: 0 },
    schema_valid: true,
  },
  {
    sender: 'the AI SDK, JSON that is none',
    attributes: { 'gen_ai.output.type': 'json', 'ai.response.text': `Sure! {"answer":"${CANARY}"}` },
    measures: { output_characters: 30 },
    schema_valid: false,
  },
  {
    sender: 'a model that thinks first and is asked for two choices, and the same on an event of the span',
    attributes: {
      'gen_ai.openai.request.response_format': 'json_schema',
      'gen_ai.output.messages': CHOICES,
    },
    events: [
      {
        name: 'gen_ai.client.inference.operation.details',
        attributes: [{ key: 'gen_ai.output.messages', value: { stringValue: CHOICES } }],
      },
    ],
    measures: { output_characters: '{"a":1}\n{"a":2}'.length },
    schema_valid: true,
  },
] as const;

type Encoding = readonly [name: string, contentType: string, encode: (request: object) => Buffer];
const ENCODINGS: readonly Encoding[] = [
  ['JSON', 'application/json', (request: object) => Buffer.from(JSON.stringify(request))],
  ['protobuf', 'application/x-protobuf', (request: object) => protobufOf(request)],
];

let reading: RunningIntake;
let plain: RunningIntake;
beforeAll(async () => {
  reading = await RunningIntake.start({ readsTexts: true });
  plain = await RunningIntake.start();
});
afterAll(async () => {
  await reading.stop();
  await plain.stop();
});

let number = 9_000;

/** The event that becomes of a span. */
async function eventOf(
  intake: RunningIntake,
  [, type, encode]: Encoding,
  attributes: object,
  over: Readonly<Record<string, unknown>> = {},
) {
  number += 1;
  // What the sample says itself would be another text.
  const span = spanOf(
    number,
    { 'gen_ai.input.messages': '[]', ...(attributes as Record<string, string>) },
    over,
  );
  const answer = await intake.post('/v1/traces', encode(requestOf([span])), { 'content-type': type });
  expect(answer.status).toBe(200);
  return (await intake.records('inference')).find(
    ({ span_id }) => span_id === number.toString(16).padStart(16, '0'),
  )!;
}

describe.each(ENCODINGS)('%s', (...encoding) => {
  it.each(CASES)('of $sender', async ({ attributes, measures, schema_valid, ...rest }) => {
    const over = { events: 'events' in rest ? rest.events : [] };
    const event = await eventOf(reading, encoding, attributes, over);
    expect(event['schema_valid']).toBe(schema_valid);
    const found = event['measures'] as Record<string, number>;
    for (const [name, value] of Object.entries(measures)) expect(found[name]).toBeCloseTo(value, 12);
    const silent = await eventOf(plain, encoding, attributes, over);
    expect(silent).toMatchObject({ measures: {}, schema_valid: null });
  });

  it('no text where there is none, and none that is too long or no JSON', async () => {
    const odd = {
      'gen_ai.output.messages': `{${CANARY}`,
      'gen_ai.completion.0.content': 'x'.repeat(1_100_000),
    };
    for (const attributes of [{}, odd])
      expect((await eventOf(reading, encoding, attributes))['measures']).toEqual({});
  });
});

it('no word of them is in the log, in a metric or in what the process says', async () => {
  for (const intake of [reading, plain]) {
    for (const topic of ['inference', 'verdicts', 'references'] as const)
      expect((await intake.bytes(topic)).includes(CANARY)).toBe(false);
    expect(await intake.metrics()).not.toContain(CANARY);
    expect(intake.errors).not.toContain(CANARY);
  }
});
