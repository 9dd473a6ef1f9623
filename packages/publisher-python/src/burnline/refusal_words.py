"""Who refuses, by the words of providers: the same words as in ``packages/core/src/events/refusal-words.ts``."""

import re

#: Finish reasons of the provider's own filter.
_FILTERS = (
    "content_filter content_filtered refusal sensitive error_toxic safety prohibited_content blocklist spii recitation"
    " image_safety image_prohibited_content image_recitation"
)
#: Of a guardrail that the caller put before it.
_GUARDRAILS = "guardrail_intervened model_armor"


def _spelled(words: str, refuser: str) -> dict[str, str]:
    return {text: refuser for word in words.split() for text in (word, word.replace("_", "-"), word.upper())}


#: Answers that were withheld, by finish reason, in each spelling.
WITHHELD = {**_spelled(_FILTERS, "provider"), **_spelled(_GUARDRAILS, "guardrail")}

#: Providers' own addresses: a limit that is met there is theirs. A gateway's address says nothing of who refused.
PROVIDER_HOST = re.compile(
    r"(^|\.)(openai\.com|openai\.azure\.com|anthropic\.com|(generativelanguage|([a-z0-9-]+-)?aiplatform)\.googleapis\.com"
    r"|(bedrock[a-z-]*|runtime\.sagemaker)\.[a-z0-9-]+\.amazonaws\.com|cohere\.com|cohere\.ai|mistral\.ai"
    r"|groq\.com|deepseek\.com|x\.ai|perplexity\.ai|moonshot\.ai|moonshot\.cn|together\.xyz|fireworks\.ai)$"
)
