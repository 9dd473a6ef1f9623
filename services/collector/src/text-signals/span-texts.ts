import { charactersOf, textSignals } from './text-signals.ts';

/** Of what a span says, in the words of its many senders. */
interface TextSource {
  readonly side: 'input' | 'output';
  readonly key: string | RegExp;
  /** A list of messages as JSON, or the text itself. */
  readonly form: 'messages' | 'text';
}

/** In the order in which they are believed: senders that write several say the same in each. */
const SOURCES: readonly TextSource[] = [
  { side: 'output', key: 'gen_ai.output.messages', form: 'messages' },
  { side: 'output', key: 'ai.response.text', form: 'text' },
  { side: 'output', key: /^llm\.output_messages\.\d{1,4}\.message\.content$/, form: 'text' },
  { side: 'output', key: /^gen_ai\.completion\.\d{1,4}\.content$/, form: 'text' },
  { side: 'output', key: 'output.value', form: 'text' },
  { side: 'input', key: 'gen_ai.input.messages', form: 'messages' },
  { side: 'input', key: /^llm\.input_messages\.\d{1,4}\.message\.content$/, form: 'text' },
  { side: 'input', key: /^gen_ai\.prompt\.\d{1,4}\.content$/, form: 'text' },
  { side: 'input', key: 'input.value', form: 'text' },
];
const BEGINNINGS = ['gen_ai.', 'ai.response.', 'llm.', 'output.', 'input.'];

/** Longer ones are walked over as without signals. */
export const SIGNAL_TEXT_BYTES_MAX = 1024 * 1024;

/** What is kept of an event's texts. */
export interface EventSignals {
  readonly measures: Readonly<Record<string, number>>;
  /** Of an answer that was asked for as JSON: whether it is, and each of its messages by itself where there are several. */
  readonly isJson: boolean;
}

/** Gathers the texts of one span, and makes numbers of them; the texts live as long as the span is read. */
export class SpanTexts {
  /** What stands in attributes, by their names. */
  readonly #bySource = new Map<TextSource, Map<string, string>>();

  /** The source that an attribute is; undefined: none. */
  static sourceOf(key: string): TextSource | undefined {
    if (!BEGINNINGS.some((beginning) => key.startsWith(beginning))) return undefined;
    return SOURCES.find((source) =>
      typeof source.key === 'string' ? source.key === key : source.key.test(key),
    );
  }

  /** The first of a name counts: some senders say the same on the span and on an event of it. */
  add(source: TextSource, key: string, text: string): void {
    const texts = this.#bySource.get(source) ?? new Map<string, string>();
    this.#bySource.set(source, texts);
    if (!texts.has(key)) texts.set(key, text);
  }

  /** Null: the span has no texts, or none that numbers can be made of. A text is no reason to lose the span. */
  signals(): EventSignals | null {
    try {
      return signalsOf(this.#messagesOf('input'), this.#messagesOf('output'));
    } catch {
      return null;
    }
  }

  /** One text for each message, of the first source that has any. */
  #messagesOf(side: TextSource['side']): readonly string[] {
    for (const source of SOURCES) {
      if (source.side !== side) continue;
      const texts = [...(this.#bySource.get(source)?.values() ?? [])];
      const messages = source.form === 'text' ? texts : texts.flatMap(textsOfMessages);
      if (messages.length > 0) return messages;
    }
    return [];
  }
}

function signalsOf(input: readonly string[], output: readonly string[]): EventSignals | null {
  if (input.length === 0 && output.length === 0) return null;
  const of = output.length === 0 ? null : textSignals(output.join('\n'));
  return {
    measures: {
      ...(input.length > 0 && { input_characters: charactersOf(input.join('\n')).characters }),
      ...(of !== null && {
        output_characters: of.characters,
        output_non_ascii_ratio: of.nonAsciiRatio,
        output_repetition_ratio: of.repetitionRatio,
        output_refusal: of.isRefusal ? 1 : 0,
      }),
    },
    isJson: output.length > 0 && output.every(isJson),
  };
}

/** Semantic conventions write messages as [{ parts: [{ type, content }] }], others [{ content }]. None of what is not so. */
function textsOfMessages(json: string): readonly string[] {
  let messages: unknown;
  try {
    messages = JSON.parse(json);
  } catch {
    return [];
  }
  return Array.isArray(messages) ? messages.flatMap(textOfMessage) : [];
}

/** None of a message without a text: it may be a call of a tool. */
function textOfMessage(message: unknown): readonly string[] {
  if (typeof message !== 'object' || message === null) return [];
  const { parts, content } = message as { readonly parts?: unknown; readonly content?: unknown };
  if (typeof content === 'string') return [content];
  const texts = Array.isArray(parts) ? parts.flatMap(textOfPart) : [];
  return texts.length === 0 ? [] : [texts.join('\n')];
}

/** What a model thought and what a tool answered are parts of other types, and no answer. */
function textOfPart(part: unknown): readonly string[] {
  if (typeof part !== 'object' || part === null) return [];
  const { type = 'text', content } = part as { readonly type?: unknown; readonly content?: unknown };
  return type === 'text' && typeof content === 'string' ? [content] : [];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
