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
  /** Of an answer that was asked for as JSON: whether it is. */
  readonly isJson: boolean;
}

/** Gathers the texts of one span, and makes numbers of them; the texts live as long as the span is read. */
export class SpanTexts {
  readonly #bySource = new Map<TextSource, string[]>();

  /** The source that an attribute is; undefined: none. */
  static sourceOf(key: string): TextSource | undefined {
    if (!BEGINNINGS.some((beginning) => key.startsWith(beginning))) return undefined;
    return SOURCES.find((source) =>
      typeof source.key === 'string' ? source.key === key : source.key.test(key),
    );
  }

  add(source: TextSource, text: string): void {
    const texts = this.#bySource.get(source) ?? [];
    this.#bySource.set(source, texts);
    if (source.form === 'text') texts.push(text);
    else texts.push(...textsOfMessages(text));
  }

  /** Null: the span has no texts. */
  signals(): EventSignals | null {
    const [input, output] = [this.#textOf('input'), this.#textOf('output')];
    if (input === null && output === null) return null;
    const of = output === null ? null : textSignals(output);
    return {
      measures: {
        ...(input !== null && { input_characters: charactersOf(input).characters }),
        ...(of !== null && {
          output_characters: of.characters,
          output_non_ascii_ratio: of.nonAsciiRatio,
          output_repetition_ratio: of.repetitionRatio,
          output_refusal: of.isRefusal ? 1 : 0,
        }),
      },
      isJson: output !== null && isJson(output),
    };
  }

  #textOf(side: TextSource['side']): string | null {
    const source = SOURCES.find((one) => one.side === side && (this.#bySource.get(one)?.length ?? 0) > 0);
    return source === undefined ? null : (this.#bySource.get(source) ?? []).join('\n');
  }
}

/** Semantic conventions write messages as [{ parts: [{ type, content }] }], others [{ content }]. None of what is not so. */
function textsOfMessages(json: string): readonly string[] {
  let messages: unknown;
  try {
    messages = JSON.parse(json);
  } catch {
    return [];
  }
  return Array.isArray(messages) ? messages.flatMap((message: unknown) => textsOfMessage(message)) : [];
}

function textsOfMessage(message: unknown): readonly string[] {
  if (typeof message !== 'object' || message === null) return [];
  const { parts, content } = message as { readonly parts?: unknown; readonly content?: unknown };
  if (typeof content === 'string') return [content];
  return Array.isArray(parts) ? parts.flatMap((part: unknown) => textsOfMessage(part)) : [];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
