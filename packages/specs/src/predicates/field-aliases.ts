/** Names that people write for fields that are called otherwise, with what to write instead. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['cost', 'Write cost_nano_usd, in billionths of a dollar: 0.002 USD is 2000000.'],
  ['cost_usd', 'Write cost_nano_usd, in billionths of a dollar: 0.002 USD is 2000000.'],
  ['total_cost', 'Write cost_nano_usd, in billionths of a dollar: 0.002 USD is 2000000.'],
  ['latency', 'Write duration_ms, or ttft_ms for the time to the first token.'],
  ['latency_ms', 'Write duration_ms, or ttft_ms for the time to the first token.'],
  ['duration', 'Write duration_ms.'],
  ['duration_s', 'Write duration_ms, in milliseconds.'],
  ['elapsed_ms', 'Write request_elapsed_ms, or duration_ms for one attempt.'],
  ['ttft', 'Write ttft_ms.'],
  ['ttft_s', 'Write ttft_ms, in milliseconds.'],
  ['model', 'Write model_served, or model_requested.'],
  ['model_name', 'Write model_served, or model_requested.'],
  ['prompt_tokens', 'Write input_tokens.'],
  ['completion_tokens', 'Write output_tokens.'],
  ['total_tokens', 'Write input_tokens + output_tokens.'],
  ['status_code', 'Write http_status.'],
  ['http_status_code', 'Write http_status.'],
  ['success', "Write status == 'ok'."],
  ['ok', "Write status == 'ok'."],
  ['error', "Write status != 'ok', or error_type == '...'."],
  ['user', 'Write user_hash.'],
  ['user_id', "Write user_hash, or attributes['user_id'] if the service sets it."],
  ['customer', 'Write tenant.'],
  ['env', 'Write environment.'],
  ['fill_in', 'Write the condition that the import could not make: its report says why.'],
]);

/** What to write instead of a name that no field has, if that is known. */
export function aliasRemedy(name: string, fields: readonly string[]): string | undefined {
  return fields.includes(name) ? undefined : ALIASES.get(name.toLowerCase());
}
