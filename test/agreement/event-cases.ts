/**
 * Bodies of events with the field that a refusal names, or null for one that is taken. Each is tried at every way in.
 */
export interface EventCase {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly field: string | null;
  /** Whether a batch can hold it: Avro has no unstated status, no half of a surrogate pair, no key without its map. */
  readonly inAvro: boolean;
}

const LEAST = { service: 'chat', model_requested: 'm', status: 'ok', duration_ms: 10 };
const taken = (name: string, more: object): EventCase => ({
  name,
  body: { ...LEAST, ...more },
  field: null,
  inAvro: true,
});
const refused = (field: string, name: string, more: object, inAvro = true): EventCase => ({
  name,
  body: { ...LEAST, ...more },
  field,
  inAvro,
});

export const EVENT_CASES: readonly EventCase[] = [
  taken('least', {}),
  refused('cached_input_tokens', 'cached above input', { input_tokens: 5, cached_input_tokens: 128_955 }),
  taken('all input cached', { input_tokens: 5, cached_input_tokens: 5 }),
  taken('cached without input', { cached_input_tokens: 5 }),
  refused('cache_write_input_tokens', 'more written than the rest of the input', {
    input_tokens: 10,
    cached_input_tokens: 6,
    cache_write_input_tokens: 5,
  }),
  taken('all input cached or written', {
    input_tokens: 10,
    cached_input_tokens: 6,
    cache_write_input_tokens: 4,
  }),
  refused('refused_by', 'refused, and ok', { refused_by: 'gateway' }),
  taken('refused by its budget', { status: 'rate_limited', refused_by: 'budget' }),
  taken('errors of unknown calls', { tool_errors: 5 }),
  refused('cached_input_tokens', 'cached above no input', { input_tokens: 0, cached_input_tokens: 1 }),
  refused('cached_input_tokens', 'negative cached', { input_tokens: 100, cached_input_tokens: -50 }),
  refused('reasoning_tokens', 'reasoning above output', { output_tokens: 10, reasoning_tokens: 900 }),
  taken('all output reasoning', { output_tokens: 10, reasoning_tokens: 10 }),
  refused('ttft_ms', 'first token after the end', { ttft_ms: 5_000 }),
  refused('ttft_ms', 'first token just after the end', { ttft_ms: 10.5 }),
  taken('first token at the end', { ttft_ms: 10 }),
  refused('request_ttft_ms', 'first token after the request', {
    request_ttft_ms: 51,
    request_elapsed_ms: 50,
  }),
  taken('first token with the request', { request_ttft_ms: 50, request_elapsed_ms: 50 }),
  refused('request_elapsed_ms', 'the caller waited less than the final attempt took', {
    request_elapsed_ms: 9,
  }),
  taken('an attempt that its caller did not wait for', { is_final: false, request_elapsed_ms: 9 }),
  refused('tool_errors', 'more errors than calls', { tool_calls: 1, tool_errors: 2 }),
  taken('every call failed', { tool_calls: 2, tool_errors: 2 }),
  refused('cost_source', 'a cost of unknown source', { cost_nano_usd: 5, cost_source: 'unknown' }),
  refused('cost_source', 'no cost, reported', { cost_source: 'reported' }),
  refused('cost_source', 'no cost, computed', { cost_source: 'computed' }),
  taken('a free answer', { cost_nano_usd: 0, cost_source: 'computed' }),
  taken('no cost', { cost_source: 'unknown' }),
  refused('status', 'no status', { status: undefined }, false),
  refused('status', 'another status', { status: 'fine' }, false),
  refused('occurred_at', 'milliseconds', { occurred_at: 1_795_910_400_000 }),
  refused('occurred_at', 'seconds', { occurred_at: 1_795_910_400 }),
  refused('occurred_at', 'half a microsecond', { occurred_at: 1_795_910_400_000_000.5 }, false),
  refused('occurred_at', 'nothing of this world', { occurred_at: -1 }),
  refused('sample_weight', 'negative weight', { sample_weight: -2 }),
  refused('sample_weight', 'weight 0', { sample_weight: 0 }),
  refused('sample_weight', 'half an event', { sample_weight: 0.5 }),
  refused('sample_weight', 'absurd weight', { sample_weight: 1_000_001 }),
  taken('one of nineteen', { sample_weight: 19 }),
  refused('confidence', 'confidence of percent', { confidence: 7 }),
  refused('confidence', 'negative confidence', { confidence: -0.1 }),
  refused('http_status', 'no such HTTP status', { http_status: 9_999 }),
  refused('http_status', 'HTTP status below 100', { http_status: 99 }),
  refused('http_status', 'HTTP status above 599', { http_status: 600 }),
  taken('no HTTP status seen', { http_status: 0 }),
  refused('model_requested', 'no model', { model_requested: '' }),
  taken('a served model alone', { model_requested: '', model_served: 'm' }),
  refused('duration_ms', 'ok, and nobody knows how long it took', { duration_ms: null }),
  taken('failed, and nobody knows how long it took', { status: 'error', duration_ms: null }),
  taken('timed out at a time of its own', { status: 'timeout', duration_ms: null, request_elapsed_ms: 9 }),
  refused('duration_ms', 'negative duration of a failure', { status: 'error', duration_ms: -1 }),
  refused('duration_ms', 'negative duration', { duration_ms: -1 }),
  refused('duration_ms', 'a duration of years', { duration_ms: 1e12 }),
  refused('input_tokens', 'half a token', { input_tokens: 1.5 }, false),
  refused('input_tokens', 'more tokens than there are', { input_tokens: 2e9 }),
  refused('attempt', 'negative attempt', { attempt: -1 }),
  refused('step', 'negative step', { step: -1 }),
  refused('cost_nano_usd', 'negative cost', { cost_nano_usd: -1 }),
  refused('service', 'no service', { service: '' }),
  refused('region', 'a prompt as a region', { region: 'x'.repeat(513) }),
  refused('region', 'half of a surrogate pair', { region: 'eu\ud800' }, false),
  refused('variant', 'half of a surrogate pair where null may be', { variant: '\udc00' }, false),
  refused('attributes.team', 'half of a surrogate pair in a map', { attributes: { team: '\ud83d' } }, false),
  refused('attributes.\ud83d', 'half of a surrogate pair as a key', { attributes: { '\ud83d': 'x' } }, false),
  refused('measures.\ud83d', 'the same of a measure', { measures: { '\ud83d': 1 } }, false),
  refused('attributes.', 'an empty key', { attributes: { '': 'x' } }),
  refused('attributes.__proto__', 'a key that programs lose', {
    attributes: JSON.parse('{"__proto__": "x"}') as object,
  }),
  taken('characters beyond the first plane', {
    region: '\u{1f600}',
    attributes: { '\u{1f600}': '\u{1f600}' },
  }),
  refused('verdicts[0].evaluator', 'a verdict by nobody', {
    verdicts: [
      { evaluator: '', evaluator_version: '', kind: 'guardrail', dimension: 'd', passed: true, score: null },
    ],
  }),
];
