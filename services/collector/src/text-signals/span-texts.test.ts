import { describe, expect, it } from 'vitest';
import { SpanTexts, type EventSignals } from './span-texts.ts';

const OUTPUT = 'gen_ai.output.messages';

function signalsOf(...attributes: readonly (readonly [key: string, text: string])[]): EventSignals | null {
  const texts = new SpanTexts();
  for (const [key, text] of attributes) texts.add(SpanTexts.sourceOf(key)!, key, text);
  return texts.signals();
}
const answersOf = (...messages: readonly object[]): EventSignals | null =>
  signalsOf([OUTPUT, JSON.stringify(messages)]);

describe('the texts of a span', () => {
  it('are parts of type text, or of none', () => {
    const parts = [
      { type: 'reasoning', content: 'Let me think.' },
      { type: 'tool_call_response', content: 'Sunny' },
      { type: 'text', content: '{"a":1}' },
      { type: 'text', content: 7 },
      null,
    ];
    expect(answersOf({ parts })).toMatchObject({ measures: { output_characters: 7 }, isJson: true });
    expect(answersOf({ parts: [{ content: 'abc' }] })).toMatchObject({ measures: { output_characters: 3 } });
    expect(answersOf({ parts: [{ type: 'tool_call', name: 'f' }] })).toBeNull();
  });

  it('are JSON where each message is', () => {
    const [right, wrong] = [{ content: '{"a":1}' }, { content: '{"a":' }];
    expect(answersOf(right, right)?.isJson).toBe(true);
    expect(answersOf(right, wrong)?.isJson).toBe(false);
    const key = (index: number): string => `gen_ai.completion.${index}.content`;
    expect(signalsOf([key(0), '[1]'], [key(1), '[2]'])?.isJson).toBe(true);
    expect(signalsOf([key(0), '[1'], [key(1), '2]'])?.isJson).toBe(false);
  });

  it('count once where the span and an event of it say the same', () => {
    const text = JSON.stringify([{ content: 'abc' }]);
    expect(signalsOf([OUTPUT, text], [OUTPUT, text])?.measures['output_characters']).toBe(3);
  });

  it.each([5, 1_000, 200_000])('are not those of parts in parts, %i deep', (depth) => {
    const nested = `[${'{"parts":['.repeat(depth)}{"content":"x"}${']}'.repeat(depth)}]`;
    expect(signalsOf([OUTPUT, nested])).toBeNull();
  });

  it('may be many', () => {
    const many = `[${'{"content":""},'.repeat(300_000)}{"content":"x"}]`;
    expect(signalsOf([OUTPUT, many])?.measures['output_characters']).toBe(300_001);
  });
});
