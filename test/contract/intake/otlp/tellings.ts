/** What a client that was captured tells of its calls; what is left out, it tells as most do. */
export interface Telling {
  /** How the calls of a case ended, where it is not as in `USUAL`; an empty list: nothing becomes an event. */
  readonly ends?: Readonly<Record<string, readonly string[]>>;
  /** Of a stream of Responses; without it the time that it tells, if any, is that of an event without a token. */
  readonly tellsFirstToken?: true;
  /** It says nothing of cached tokens, of calls in one piece. */
  readonly tellsNoCached?: true;
  /** Cases of which it says no tokens, though the provider reported some. */
  readonly tellsNoTokens?: readonly string[];
  /** By case, tokens that it guesses, though the provider reported none, and that nothing tells from others. */
  readonly guesses?: Readonly<Record<string, Readonly<Record<'calls' | 'input' | 'output', number>>>>;
  /** Its texts are in logs. */
  readonly tellsNoTexts?: true;
}

/** By case, how its calls end. */
export const USUAL: Readonly<Record<string, readonly string[]>> = {
  whole: ['ok'],
  streamed: ['ok'],
  unmetered: ['ok'],
  // One call with its attempts.
  limited: ['ok'],
  broken: ['error'],
  cut: ['error'],
  stopped: ['cancelled'],
  stalled: ['timeout'],
  malformed: ['error'],
  tools: ['ok', 'ok'],
  cached: ['ok'],
  failed: ['error'],
  // An answer that was cut short for its length is one.
  truncated: ['ok'],
};

/** Of streams that came to no end it exports nothing. */
const NONE_UNENDED = { cut: [], stopped: [], stalled: [], malformed: [] } as const;
const UNENDED = Object.keys(NONE_UNENDED);
/** Attempts are calls of their own. */
const AI_SDK = { cut: [], stopped: [], stalled: [], limited: ['error', 'ok'] } as const;
/** A client that does not say which failure it was. */
const STALL_UNNAMED = { stalled: ['error'] } as const;

/** By client of `capture/`. */
export const TELLINGS: Readonly<Record<string, Telling>> = {
  'ai-sdk-5': { ends: AI_SDK, tellsNoCached: true },
  // Of a stream that its provider ended as failed it knows no end: others that succeed have none either.
  'ai-sdk-5-responses': { ends: { ...AI_SDK, failed: ['ok'] }, tellsNoCached: true },
  'ai-sdk-6': { ends: AI_SDK },
  'ai-sdk-6-responses': { ends: AI_SDK },
  'ai-sdk-7': { ends: STALL_UNNAMED },
  'ai-sdk-7-responses': { ends: STALL_UNNAMED, tellsFirstToken: true },
  // It says of none how it ended.
  langfuse: { ends: { cut: ['cancelled'], stalled: ['cancelled'], malformed: ['cancelled'] } },
  litellm: { ends: { stopped: [], malformed: [] }, tellsNoCached: true },
  // It tries nothing again here, and passes over what is no JSON.
  'litellm-anthropic': {
    ends: { limited: ['rate_limited'], cut: [], stopped: [], malformed: ['ok'] },
    tellsNoCached: true,
    tellsNoTokens: ['cut', 'stalled', 'stopped'],
    guesses: { malformed: { calls: 1, input: 120, output: 4 } },
  },
  'litellm-proxy': {
    ends: { limited: ['rate_limited', 'ok'], stopped: ['ok'] },
    tellsNoCached: true,
    guesses: { stopped: { calls: 1, input: 15, output: 5 } },
  },
  'litellm-proxy-anthropic': {
    ends: { limited: ['rate_limited', 'ok'], stopped: ['ok'], malformed: ['ok'] },
    tellsNoCached: true,
    tellsNoTokens: ['cut', 'stalled'],
    guesses: {
      malformed: { calls: 1, input: 120, output: 4 },
      stopped: { calls: 1, input: 120, output: 4 },
    },
  },
  // It reads on when its caller has gone, and then counts itself.
  'litellm-proxy-anthropic-messages': {
    ends: { limited: ['rate_limited', 'ok'], stopped: ['ok'] },
    tellsNoCached: true,
    guesses: { stopped: { calls: 1, input: 120, output: 8 } },
    tellsNoTokens: ['cut', 'stalled'],
  },
  'litellm-proxy-responses': {
    ends: { limited: ['rate_limited', 'ok'], stopped: [] },
    tellsNoCached: true,
    guesses: { unmetered: { calls: 1, input: 15, output: 8 } },
  },
  'litellm-responses': {
    ends: { limited: ['rate_limited'], stopped: [] },
    tellsNoCached: true,
    guesses: { unmetered: { calls: 1, input: 15, output: 8 } },
  },
  openinference: {},
  'openinference-anthropic': {},
  'openinference-langchain': {},
  'openinference-langchain-responses': {},
  'openinference-responses': { ends: { failed: ['ok'] }, tellsNoTokens: ['truncated'] },
  openlit: { ends: NONE_UNENDED },
  'openlit-anthropic': { ends: NONE_UNENDED, tellsNoTokens: UNENDED },
  // Of a stream that did not complete it says neither that it failed nor that it was cut short.
  'openlit-responses': {
    ends: { ...NONE_UNENDED, unmetered: [], failed: ['cancelled'], truncated: ['cancelled'] },
    tellsNoTokens: ['truncated'],
  },
  // It says nothing of a line that broke: its span is that of a caller who stopped.
  openllmetry: { ends: { cut: ['cancelled'], stalled: ['cancelled'], malformed: ['cancelled'] } },
  'openllmetry-anthropic': {},
  'openllmetry-responses': {},
  // Of OpenAI it exports calls that came to their end alone, and leaves the usage of streams out.
  'openllmetry-js': {
    ends: { ...NONE_UNENDED, broken: [] },
    tellsNoCached: true,
    tellsNoTokens: ['streamed'],
  },
  'openllmetry-js-anthropic': { ends: STALL_UNNAMED },
  // With a client that makes no spans of its own.
  'openllmetry-js-anthropic-alone': { ends: { ...STALL_UNNAMED, stopped: [] }, tellsNoTokens: UNENDED },
  // Of streams it exports where they began.
  'openllmetry-js-responses': {
    ends: { ...NONE_UNENDED, broken: [], streamed: [], unmetered: [], failed: [], truncated: [] },
    tellsNoCached: true,
    tellsNoTokens: ['streamed', 'truncated'],
  },
  'otel-anthropic': {},
  'otel-js': { ends: NONE_UNENDED, tellsNoCached: true, tellsNoTexts: true },
  'otel-js-responses': {
    ends: { ...NONE_UNENDED, failed: ['ok'] },
    tellsNoCached: true,
    tellsNoTokens: ['truncated'],
    tellsNoTexts: true,
  },
  'otel-python': {},
  'otel-python-responses': {},
  'otel-python-v2': { ends: { stopped: ['ok'] }, tellsNoCached: true, tellsNoTexts: true },
};
