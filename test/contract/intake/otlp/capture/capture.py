"""Captures what clients that are instrumented with OpenTelemetry send, against a provider that this program plays.

    python capture.py CLIENT [CASE ...]

CLIENT is a line of CLIENTS. The provider and the receiver of spans listen on loopback; each case is a process of its own,
and its spans become fixtures/CLIENT.CASE.json: what the provider reported as usage, and the export requests in both encodings,
without facts of the host. README.md beside this file says which versions are needed.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from base64 import b64decode, b64encode
from gzip import decompress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

HERE = Path(__file__).parent
NODE = os.environ.get("NODE", "node")
PYTHON = [sys.executable, str(HERE / "openai_client.py")]
CLIENTS = {
    "otel-python": [*PYTHON, "otel"],
    "openllmetry": [*PYTHON, "openllmetry"],
    "openinference": [*PYTHON, "openinference"],
    "ai-sdk-7": [NODE, "ai-sdk-7.mjs"],
    "ai-sdk-6": [NODE, "ai-sdk-6.mjs"],
}
CASES = ["whole", "streamed", "unmetered", "limited", "broken", "cut", "stopped", "tools", "cached"]
# What clients add of the machine; only these attributes of a resource are kept.
RESOURCE = {"service.name", "deployment.environment.name", "telemetry.sdk.name", "telemetry.sdk.language", "telemetry.sdk.version"}
HOST_ATTRIBUTES = {"server.port", "gen_ai.openai.api_base"}
TEXT = "CANARY-answer It is good."


class Provider:
    """An OpenAI-compatible provider; the case says what it does."""

    def __init__(self, case):
        self.case = case
        self.calls = 0
        self.reported = {"calls": 0, "input": 0, "cached": 0, "output": 0, "reasoning": 0}

    def usage(self):
        cached = 40 if self.case == "cached" else 0
        reasoning = 12 if self.case == "cached" else 0
        return {
            "prompt_tokens": 120,
            "completion_tokens": 30,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": cached},
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        }

    def report(self):
        usage = self.usage()
        self.reported["calls"] += 1
        self.reported["input"] += usage["prompt_tokens"]
        self.reported["cached"] += usage["prompt_tokens_details"]["cached_tokens"]
        self.reported["output"] += usage["completion_tokens"]
        self.reported["reasoning"] += usage["completion_tokens_details"]["reasoning_tokens"]
        return usage


def chunks_of(provider, asks_usage):
    common = {"id": f"chatcmpl-{provider.calls}", "object": "chat.completion.chunk", "created": 1790000000, "model": "m-2026-08-06"}
    for text in TEXT.split(" "):
        yield {**common, "choices": [{"index": 0, "delta": {"role": "assistant", "content": text + " "}, "finish_reason": None}]}
    yield {**common, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    if asks_usage:
        yield {**common, "choices": [], "usage": provider.report()}


def answer_of(provider, body):
    wants_tool = provider.case == "tools" and not any(one["role"] == "tool" for one in body["messages"])
    message = {"role": "assistant", "content": TEXT}
    if wants_tool:
        call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"CANARY-city"}'}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
    return {
        "id": f"chatcmpl-{provider.calls}",
        "object": "chat.completion",
        "created": 1790000000,
        "model": "m-2026-08-06",
        "system_fingerprint": "fp_1",
        "service_tier": "default",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if wants_tool else "stop"}],
        "usage": provider.report(),
    }


def handler_of(provider, exports):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_POST(self):
            body = self.read_body()
            if self.headers.get("content-encoding") == "gzip":
                body = decompress(body)
            if self.path == "/v1/traces":
                exports.append(body)
                self.send(200, b"", "application/x-protobuf")
            else:
                self.complete(json.loads(body))

        def read_body(self):
            if self.headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("content-length", 0)))
            body = b""
            while (size := int(self.rfile.readline(), 16)) > 0:
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def send(self, status, body, content_type="application/json"):
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def fail(self, status, kind):
            error = {"message": f"CANARY-message {kind}", "type": kind, "code": kind}
            self.send(status, json.dumps({"error": error}).encode())

        def complete(self, body):
            provider.calls += 1
            if provider.case == "limited" and provider.calls == 1:
                return self.fail(429, "rate_limit_exceeded")
            if provider.case == "broken":
                return self.fail(500, "server_error")
            if body.get("stream"):
                return self.stream(body)
            return self.send(200, json.dumps(answer_of(provider, body)).encode())

        def stream(self, body):
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            asks_usage = bool((body.get("stream_options") or {}).get("include_usage"))
            try:
                for index, chunk in enumerate(chunks_of(provider, asks_usage)):
                    if provider.case == "cut" and index == 2:
                        # The last chunk never comes: the client sees the line break.
                        self.connection.shutdown(socket.SHUT_RDWR)
                        self.close_connection = True
                        return
                    line = f"data: {json.dumps(chunk)}\n\n".encode()
                    self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
                    self.wfile.flush()
                    threading.Event().wait(0.3 if provider.case == "stopped" else 0.02)
                end = b"data: [DONE]\n\n"
                self.wfile.write(f"{len(end):x}\r\n".encode() + end + b"\r\n0\r\n\r\n")
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

    return Handler


def keep(attributes, is_kept):
    kept = [one for one in attributes if is_kept(one.key)]
    del attributes[:]
    attributes.extend(kept)


def scrubbed(body):
    """The request without facts of the host."""
    request = ExportTraceServiceRequest.FromString(body)
    for resource_spans in request.resource_spans:
        keep(resource_spans.resource.attributes, lambda key: key in RESOURCE)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                keep(span.attributes, lambda key: key not in HOST_ATTRIBUTES)
                for event in span.events:
                    for attribute in event.attributes:
                        # It names paths of the machine.
                        if attribute.key == "exception.stacktrace":
                            attribute.value.string_value = "CANARY-stacktrace"
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


def capture(client, case):
    provider = Provider(case)
    exports = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(provider, exports))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    environment = {
        **os.environ,
        "PROVIDER": url,
        "CASE": case,
        "OTEL_SERVICE_NAME": "chat",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
    }
    subprocess.run(CLIENTS[client], check=True, env=environment, timeout=20)
    server.shutdown()
    fixture = {"reported": provider.reported, "requests": [forms_of(body) for body in exports]}
    target = HERE.parent / "fixtures" / f"{client}.{case}.json"
    target.write_text(json.dumps(fixture, indent=1, ensure_ascii=False) + "\n")
    print(target.name, provider.reported, f"{len(exports)} requests")


if __name__ == "__main__":
    chosen = sys.argv[1]
    for case in sys.argv[2:] or CASES:
        capture(chosen, case)
