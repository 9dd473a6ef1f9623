import type { Refuser } from './words.ts';

/**
 * Who refuses, by the words of providers. One table for every way in: OTLP, LiteLLM, the publishers and mappings; who adds a word
 * adds it to the Python publisher's `refusal_words.py` too, which a test holds to this.
 */

/**
 * Finish reasons of the provider's own filter. `refusal` is Anthropic's, of its classifiers that stop a stream; OpenAI has none:
 * what its model refuses by itself ends with `stop`, and is an answer. Vertex AI tells what it withheld for by the reason alone.
 */
const FILTERS =
  'content_filter content_filtered refusal sensitive error_toxic safety prohibited_content blocklist spii recitation image_safety image_prohibited_content image_recitation';
/** Of a guardrail that the caller put before it: Amazon Bedrock's, Google's Model Armor. */
const GUARDRAILS = 'guardrail_intervened model_armor';

/** Answers that were withheld, by finish reason, in each spelling: `content_filter`, `content-filter`, `CONTENT_FILTER`. */
export const WITHHELD: ReadonlyMap<string, Refuser> = new Map<string, Refuser>([
  ...spelled(FILTERS, 'provider'),
  ...spelled(GUARDRAILS, 'guardrail'),
]);

/**
 * Providers' own addresses: a limit that is met there is theirs. A gateway's address says nothing of who refused; of clouds those of their
 * models alone are named, since a gateway of one's own may stand there too.
 */
export const PROVIDER_HOST =
  /(^|\.)(openai\.com|openai\.azure\.com|anthropic\.com|(generativelanguage|([a-z0-9-]+-)?aiplatform)\.googleapis\.com|(bedrock[a-z-]*|runtime\.sagemaker)\.[a-z0-9-]+\.amazonaws\.com|cohere\.com|cohere\.ai|mistral\.ai|groq\.com|deepseek\.com|x\.ai|perplexity\.ai|moonshot\.ai|moonshot\.cn|together\.xyz|fireworks\.ai)$/;

function spelled(words: string, refuser: Refuser): readonly (readonly [string, Refuser])[] {
  return words
    .split(' ')
    .flatMap((word) =>
      [word, word.replaceAll('_', '-'), word.toUpperCase()].map((text) => [text, refuser] as const),
    );
}
