/** What is asked of a provider, whatever its client: each client says how. */
export const PROMPT = [{ role: 'user', content: 'CANARY-prompt What is good?' }];
export const CITY = { type: 'object', properties: { city: { type: 'string' } } };
export const TOOL_RESULT = 'CANARY-result warm';

const CASE = process.env.CASE;

/** One call that is limited is tried again; a provider that falls silent is waited for as long. */
export const LIMITS = {
  maxRetries: CASE === 'limited' ? 1 : 0,
  timeout: CASE === 'stalled' ? 1_000 : 20_000,
};

/** Runs the case that CASE names, then `end`, which exports what is left. */
export async function run({ whole, tools, stream }, end) {
  try {
    if (['whole', 'limited', 'broken', 'cached'].includes(CASE)) await whole();
    else if (CASE === 'tools') await tools();
    else await read(await stream(CASE !== 'unmetered'));
  } catch (error) {
    console.log(error.name, error.message);
  }
  await end();
}

async function read(chunks) {
  for await (const { type = '' } of chunks) {
    // The first events of OpenAI's Responses have no text.
    const hasText = !type.startsWith('response.') || type === 'response.output_text.delta';
    if (CASE === 'stopped' && hasText) return;
  }
}
