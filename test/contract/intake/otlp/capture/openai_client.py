"""Calls the provider through OpenAI's client, instrumented by the library that the first argument names."""

import os
import sys

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def instrument(name):
    if name == "otel":
        os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_ONLY"
        from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
    elif name == "openllmetry":
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor
    else:
        from openinference.instrumentation.openai import OpenAIInstrumentor
    OpenAIInstrumentor().instrument()


PROMPT = [{"role": "user", "content": "CANARY-prompt What is good?"}]
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def run(client, case):
    def create(messages=PROMPT, **more):
        return client.chat.completions.create(model="m", messages=messages, **more)

    if case in ("whole", "limited", "broken", "cached"):
        create()
    elif case == "tools":
        answer = create(tools=[WEATHER]).choices[0].message
        result = {"role": "tool", "tool_call_id": answer.tool_calls[0].id, "content": "CANARY-result warm"}
        create([*PROMPT, answer.model_dump(exclude_none=True), result], tools=[WEATHER])
    elif case == "stopped":
        stream = create(stream=True)
        next(iter(stream))
        stream.close()
    elif case == "unmetered":
        list(create(stream=True))
    else:
        list(create(stream=True, stream_options={"include_usage": True}))


def main():
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    instrument(sys.argv[1])
    from openai import OpenAI

    case = os.environ["CASE"]
    client = OpenAI(base_url=os.environ["PROVIDER"] + "/v1", api_key="none", max_retries=1 if case == "limited" else 0)
    try:
        run(client, case)
    except Exception as error:  # The case is what the client tells of it.
        print(type(error).__name__)
    provider.shutdown()


main()
