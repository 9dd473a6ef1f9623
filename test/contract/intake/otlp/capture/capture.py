"""Captures what clients that are instrumented with OpenTelemetry send, against a provider that this program plays.

    python capture.py CLIENT [CASE ...]

CLIENT is a line of CLIENTS. The provider and the receiver of spans listen on loopback; each case is a process of its own,
and its spans become fixtures/CLIENT.CASE.json: the versions of the client, what the provider reported as usage, and the export
requests in both encodings, without facts of the host. README.md beside this file says which packages are needed.
"""

import json
import os
import subprocess
import sys
import threading
from base64 import b64decode, b64encode
from http.server import ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from provider import Provider, handler_of

HERE = Path(__file__).parent
NODE = os.environ.get("NODE", "node")
# By client: how it is run, and the packages whose versions are told. Programs of Node run in the folder that has their packages.
PYTHON_CLIENTS = {
    "otel-python": ("otel", "openai", ["opentelemetry-instrumentation-genai-openai"]),
    "otel-python-v2": ("otel-v2", "openai", ["opentelemetry-instrumentation-openai-v2"]),
    "otel-anthropic": ("otel", "anthropic", ["opentelemetry-instrumentation-genai-anthropic"]),
    "openllmetry": ("openllmetry", "openai", ["opentelemetry-instrumentation-openai"]),
    "openllmetry-anthropic": ("openllmetry", "anthropic", ["opentelemetry-instrumentation-anthropic"]),
    "openinference": ("openinference", "openai", ["openinference-instrumentation-openai"]),
    "openinference-anthropic": ("openinference", "anthropic", ["openinference-instrumentation-anthropic"]),
    "openlit": ("openlit", "openai", ["openlit"]),
    "openlit-anthropic": ("openlit", "anthropic", ["openlit"]),
    "langfuse": ("langfuse", "langfuse", ["langfuse", "openai"]),
    "litellm": ("litellm", "litellm", ["litellm"]),
    "litellm-anthropic": ("litellm", "litellm-anthropic", ["litellm"]),
    "litellm-responses": ("litellm", "litellm-responses", ["litellm"]),
    "openinference-langchain": ("openinference", "langchain", ["openinference-instrumentation-langchain", "langchain-openai"]),
    "otel-python-responses": ("otel", "responses", ["opentelemetry-instrumentation-genai-openai"]),
    # It exports nothing, and has no fixtures.
    "otel-python-v2-responses": ("otel-v2", "responses", ["opentelemetry-instrumentation-openai-v2"]),
    "openllmetry-responses": ("openllmetry", "responses", ["opentelemetry-instrumentation-openai"]),
    "openinference-responses": ("openinference", "responses", ["openinference-instrumentation-openai"]),
    "openlit-responses": ("openlit", "responses", ["openlit"]),
    "openinference-langchain-responses": (
        "openinference",
        "langchain-responses",
        ["openinference-instrumentation-langchain", "langchain-openai"],
    ),
}
# By client: the protocol of the provider that the proxy calls, and the library of the proxy's caller.
PROXIES = {
    "litellm-proxy": ("openai", "openai"),
    "litellm-proxy-anthropic": ("anthropic", "openai"),
    "litellm-proxy-anthropic-messages": ("anthropic", "anthropic"),
    "litellm-proxy-responses": ("openai", "responses"),
}
NODE_CLIENTS = {
    "ai-sdk-7": ["ai", "@ai-sdk/otel"],
    "ai-sdk-6": ["ai"],
    "ai-sdk-5": ["ai"],
    "ai-sdk-7-responses": ["ai", "@ai-sdk/otel", "@ai-sdk/openai"],
    "ai-sdk-6-responses": ["ai", "@ai-sdk/openai"],
    "ai-sdk-5-responses": ["ai", "@ai-sdk/openai"],
    "otel-js": ["@opentelemetry/instrumentation-openai", "openai"],
    "otel-js-responses": ["@opentelemetry/instrumentation-openai", "openai"],
    "openllmetry-js-responses": ["@traceloop/instrumentation-openai", "openai"],
    "openllmetry-js": ["@traceloop/instrumentation-openai", "openai"],
    "openllmetry-js-anthropic": ["@traceloop/instrumentation-anthropic", "@anthropic-ai/sdk"],
    "openllmetry-js-anthropic-alone": ["@traceloop/instrumentation-anthropic", "@anthropic-ai/sdk"],
}
CASES = ["whole", "streamed", "unmetered", "limited", "broken", "cut", "stopped", "stalled", "malformed", "tools", "cached"]
# What a stream of OpenAI's Responses may tell at its end, beside that it is complete.
RESPONSES_CASES = [*CASES, "failed", "truncated"]
# What clients add of the machine; only these attributes of a resource are kept.
RESOURCE = {"service.name", "deployment.environment.name", "telemetry.sdk.name", "telemetry.sdk.language", "telemetry.sdk.version"}
HOST_ATTRIBUTES = {"server.port", "gen_ai.openai.api_base", "net.peer.port"}
# They name paths of the machine.
STACKS = {"exception.stacktrace", "error.stack", "error.stack_trace"}


def keep(attributes, is_kept):
    kept = [one for one in attributes if is_kept(one.key)]
    del attributes[:]
    attributes.extend(kept)
    for one in attributes:
        if one.key in STACKS:
            one.value.string_value = "CANARY-stacktrace"


def scrubbed(body):
    """The request without facts of the host."""
    request = ExportTraceServiceRequest.FromString(body)
    for resource_spans in request.resource_spans:
        keep(resource_spans.resource.attributes, lambda key: key in RESOURCE)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                keep(span.attributes, lambda key: key not in HOST_ATTRIBUTES)
                for event in span.events:
                    keep(event.attributes, lambda _: True)
                if "\n" in span.status.message:
                    span.status.message = "CANARY-message"
    return request


def with_hex_ids(value):
    """OTLP/JSON writes ids in hex, protobuf's own JSON in base64."""
    if isinstance(value, list):
        return [with_hex_ids(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: b64decode(inner).hex() if key in ("traceId", "spanId", "parentSpanId") else with_hex_ids(inner)
        for key, inner in value.items()
    }


def forms_of(body):
    """Both encodings of a request: as Google's library writes protobuf, and as OTLP/JSON."""
    request = scrubbed(body)
    return {
        "protobuf": b64encode(request.SerializeToString()).decode(),
        "json": with_hex_ids(MessageToDict(request, use_integers_for_enums=True)),
    }


def without_host(value, url):
    """What LiteLLM posts, without addresses and paths of the machine."""
    if isinstance(value, list):
        return [without_host(one, url) for one in value]
    if isinstance(value, dict):
        return {key: without_host(inner, url) for key, inner in value.items()}
    if not isinstance(value, str):
        return value
    return "CANARY-stacktrace" if "site-packages" in value else value.replace(url, "http://provider")


def write(folder, name, head, bodies):
    """A body a line: what it becomes is what is read, beside it."""
    lines = [f'"{key}": {json.dumps(value)},\n' for key, value in head.items()]
    body = ",\n".join(json.dumps(one, ensure_ascii=False) for one in bodies)
    (folder / name).write_text("{" + "".join(lines) + f'"requests": [\n{body}\n]}}\n')
    print(name, head["reported"], f"{len(bodies)} requests")


def program_of(client):
    """How it is run, and the versions of its packages."""
    if client in NODE_CLIENTS:
        packages = NODE_CLIENTS[client]
        manifests = {name: Path("node_modules", name, "package.json") for name in packages}
        versions = {name: json.loads(manifest.read_text())["version"] for name, manifest in manifests.items()}
        # With another version of what is instrumented, and by another route, the program is the same.
        return [NODE, f"{client.removesuffix('-alone').removesuffix('-responses')}.mjs"], versions
    if client in PROXIES:
        return [sys.executable, str(HERE / "litellm_proxy.py"), *PROXIES[client]], {"litellm": version("litellm")}
    instrumentation, library, packages = PYTHON_CLIENTS[client]
    names = [*packages, *([library] if library in ("openai", "anthropic") else []), *(["openai"] if library == "responses" else [])]
    command = [sys.executable, str(HERE / "python_client.py"), instrumentation, library]
    return command, {name: version(name) for name in names}


def capture(client, case):
    command, versions = program_of(client)
    provider = Provider(case)
    exports = {"/v1/traces": [], "/v1/litellm": []}
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(provider, exports))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    environment = {
        **os.environ,
        "PROVIDER": url,
        "CASE": case,
        "ROUTE": "responses" if client.endswith("-responses") else "chat",
        "OTEL_SERVICE_NAME": "chat",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    }
    subprocess.run(command, check=True, env=environment, timeout=180)
    server.shutdown()
    head = {"versions": versions, "reported": provider.reported}
    name = f"{client}.{case}.json"
    write(HERE.parent / "fixtures", name, head, [forms_of(body) for body in exports["/v1/traces"]])
    if exports["/v1/litellm"]:
        posted = [without_host(json.loads(body), url) for body in exports["/v1/litellm"]]
        write(HERE.parents[1] / "litellm-fixtures", name, head, posted)


if __name__ == "__main__":
    chosen = sys.argv[1]
    # Anthropic always says what a stream used.
    of_chat = [case for case in CASES if not (case == "unmetered" and "anthropic" in chosen)]
    for case in sys.argv[2:] or (RESPONSES_CASES if chosen.endswith("-responses") else of_chat):
        capture(chosen, case)
