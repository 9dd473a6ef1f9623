"""Calls the provider through the library that the second argument names, instrumented by what the first one names."""

import importlib
import os
import sys
from pathlib import Path

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

PROVIDER = os.environ["PROVIDER"]
CASE = os.environ["CASE"]
PROMPT = [{"role": "user", "content": "CANARY-prompt What is good?"}]
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": CITY}}
# One call that is limited is tried again; a provider that falls silent is waited for as long.
LIMITS = {"max_retries": 1 if CASE == "limited" else 0, "timeout": 1.0 if CASE == "stalled" else 20.0}

INSTRUMENTORS = {
    ("otel", "openai"): ("opentelemetry.instrumentation.genai.openai", "OpenAIInstrumentor"),
    ("otel", "anthropic"): ("opentelemetry.instrumentation.genai.anthropic", "AnthropicInstrumentor"),
    ("otel-v2", "openai"): ("opentelemetry.instrumentation.openai_v2", "OpenAIInstrumentor"),
    ("openllmetry", "openai"): ("opentelemetry.instrumentation.openai", "OpenAIInstrumentor"),
    ("openllmetry", "anthropic"): ("opentelemetry.instrumentation.anthropic", "AnthropicInstrumentor"),
    ("openinference", "openai"): ("openinference.instrumentation.openai", "OpenAIInstrumentor"),
    ("openinference", "anthropic"): ("openinference.instrumentation.anthropic", "AnthropicInstrumentor"),
    ("openinference", "langchain"): ("openinference.instrumentation.langchain", "LangChainInstrumentor"),
}


# Libraries that are another one, called in another way.
INSTRUMENTED = {"responses": "openai", "langchain-responses": "langchain"}


def instrument(name, library):
    os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true" if name == "otel-v2" else "SPAN_ONLY"
    if name in ("langfuse", "litellm"):
        return
    if name == "openlit":
        import openlit

        # Its own prices would be fetched.
        openlit.init(pricing_json=str(Path(__file__).with_name("openlit-prices.json")), disable_metrics=True)
        return
    module, instrumentor = INSTRUMENTORS[(name, INSTRUMENTED.get(library, library))]
    getattr(importlib.import_module(module), instrumentor)().instrument()


class OpenAi:
    def __init__(self):
        from openai import OpenAI

        self.client = OpenAI(base_url=PROVIDER + "/v1", api_key="none", **LIMITS)

    def create(self, messages=PROMPT, **more):
        return self.client.chat.completions.create(model="m", messages=messages, **more)

    def whole(self):
        self.create()

    def tools(self):
        answer = self.create(tools=[WEATHER]).choices[0].message
        result = {"role": "tool", "tool_call_id": answer.tool_calls[0].id, "content": "CANARY-result warm"}
        self.create([*PROMPT, answer.model_dump(exclude_none=True), result], tools=[WEATHER])

    def stream(self, asks_usage):
        return self.create(stream=True, **({"stream_options": {"include_usage": True}} if asks_usage else {}))


class Responses(OpenAi):
    """The same client, by the route whose streams always tell what they used."""

    def create(self, messages=PROMPT, **more):
        return self.client.responses.create(model="m", input=messages, **more)

    def tools(self):
        weather = {"type": "function", **WEATHER["function"], "strict": False}
        asked = self.create(tools=[weather]).output
        result = {"type": "function_call_output", "call_id": asked[0].call_id, "output": "CANARY-result warm"}
        self.create([*PROMPT, *[one.model_dump(exclude_none=True) for one in asked], result], tools=[weather])

    def stream(self, asks_usage):
        return self.create(stream=True)


class Anthropic:
    def __init__(self):
        from anthropic import Anthropic as Client

        self.client = Client(base_url=PROVIDER, api_key="none", **LIMITS)
        self.weather = [{"name": "weather", "input_schema": CITY}]

    def create(self, messages=PROMPT, **more):
        return self.client.messages.create(model="m", max_tokens=100, messages=messages, **more)

    def whole(self):
        self.create()

    def tools(self):
        answer = self.create(tools=self.weather).content
        result = {"type": "tool_result", "tool_use_id": answer[0].id, "content": "CANARY-result warm"}
        asked = {"role": "assistant", "content": [one.model_dump(exclude_none=True) for one in answer]}
        self.create([*PROMPT, asked, {"role": "user", "content": [result]}], tools=self.weather)

    def stream(self, asks_usage):
        return self.create(stream=True)


class LangChain:
    by_responses = False

    def __init__(self):
        from langchain_openai import ChatOpenAI

        address = {"base_url": PROVIDER + "/v1", "api_key": "none"}
        of_usage = CASE != "unmetered"
        self.model = ChatOpenAI(model="m", stream_usage=of_usage, use_responses_api=self.by_responses, **address, **LIMITS)

    def whole(self):
        self.model.invoke(PROMPT)

    def tools(self):
        from langchain.agents import create_agent
        from langchain_core.tools import tool

        @tool
        def weather(city: str) -> str:
            """The weather of a city."""
            return "CANARY-result warm"

        create_agent(self.model, [weather], name="assistant").invoke({"messages": PROMPT})

    def stream(self, asks_usage):
        return self.model.stream(PROMPT)


class LangChainResponses(LangChain):
    by_responses = True


class LiteLlm:
    """LiteLLM as a library, which tells of its calls itself, later than they end."""

    model = "openai/m"
    api_base = PROVIDER + "/v1"

    def __init__(self):
        # Its prices would be fetched.
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
        import litellm

        litellm.callbacks = ["otel"]
        self.litellm = litellm
        self.settings = {"model": self.model, "api_base": self.api_base, "api_key": "none", **LIMITS}

    def create(self, messages=PROMPT, **more):
        return self.litellm.completion(messages=messages, **self.settings, **more)

    whole = OpenAi.whole
    stream = OpenAi.stream

    def close(self):
        from litellm.litellm_core_utils.thread_pool_executor import executor

        executor.shutdown(wait=True)

    def tools(self):
        answer = self.create(tools=[WEATHER]).choices[0].message
        result = {"role": "tool", "tool_call_id": answer.tool_calls[0].id, "content": "CANARY-result warm"}
        self.create([*PROMPT, answer.model_dump(exclude_none=True), result], tools=[WEATHER])


class LangfuseOpenAi(OpenAi):
    """Langfuse's own client of OpenAI, whose spans have Langfuse's attributes alone; it has an exporter of its own."""

    def __init__(self):
        from langfuse import Langfuse
        from langfuse.openai import OpenAI

        keys = {"public_key": "pk-none", "secret_key": "sk-none", "base_url": PROVIDER}
        self.langfuse = Langfuse(**keys, span_exporter=OTLPSpanExporter(), environment="test")
        self.client = OpenAI(base_url=PROVIDER + "/v1", api_key="none", **LIMITS)

    def close(self):
        self.langfuse.shutdown()


class LiteLlmAnthropic(LiteLlm):
    model = "anthropic/m"
    api_base = PROVIDER


class LiteLlmResponses(LiteLlm):
    # Of a model that it does not know it makes a stream itself, of an answer in one piece.
    model = "openai/gpt-4o"

    def create(self, messages=PROMPT, **more):
        return self.litellm.responses(input=messages, **self.settings, **more)

    tools = Responses.tools
    stream = Responses.stream


LIBRARIES = {
    "langfuse": LangfuseOpenAi,
    "openai": OpenAi,
    "responses": Responses,
    "anthropic": Anthropic,
    "langchain": LangChain,
    "langchain-responses": LangChainResponses,
    "litellm": LiteLlm,
    "litellm-anthropic": LiteLlmAnthropic,
    "litellm-responses": LiteLlmResponses,
}


def has_text(chunk):
    """Whether the caller has something to read: the first events of OpenAI's Responses have no text."""
    kind = getattr(chunk, "type", "")
    return not str(kind).startswith("response.") or kind == "response.output_text.delta"


def run(library):
    if CASE in ("whole", "limited", "broken", "cached"):
        library.whole()
    elif CASE == "tools":
        library.tools()
    elif CASE == "stopped":
        stream = library.stream(True)
        next(chunk for chunk in stream if has_text(chunk))
        stream.close()
    else:
        list(library.stream(CASE != "unmetered"))


def run_quietly(library):
    try:
        run(library)
    except Exception as error:  # The case is what the client tells of it.
        print(type(error).__name__)


def main():
    instrumentation, library = sys.argv[1:]
    provider = TracerProvider()
    # Langfuse adds its own exporter.
    if library != "langfuse":
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    instrument(instrumentation, library)
    calls = LIBRARIES[library]()
    run_quietly(calls)
    if instrumentation in ("langfuse", "litellm"):
        calls.close()
    provider.shutdown()


if __name__ == "__main__":
    main()
