"""A provider on loopback that speaks OpenAI's chat completions and responses, and Anthropic's messages; the case says what it does."""

import json
import socket
import threading
import time
from gzip import decompress
from http.server import BaseHTTPRequestHandler

TEXT = "CANARY-answer It is good."
MODEL = "m-2026-08-06"
# Chunks that come before the line breaks, falls silent or brings what is no JSON: of each protocol, one with a text is among them.
CHUNKS_BEFORE = {"openai": 2, "responses": 5, "anthropic": 3}
# Longer than a client waits.
SILENCE_S = 4
# From the first event of a stream of OpenAI's Responses, which comes at once, to the first text.
THINKING_S = 1


class Provider:
    """
    What it was asked and what it said of tokens: all input with its cached part, all output with its reasoning. Of a stream of OpenAI's
    Responses also when the first text came, in milliseconds after the call.
    """

    def __init__(self, case):
        self.case = case
        self.calls = 0
        self.reported = {"calls": 0, "input": 0, "cached": 0, "output": 0, "reasoning": 0}
        self.is_cached = case == "cached"

    def report_input(self):
        self.reported["input"] += 120
        if self.is_cached:
            self.reported["cached"] += 40

    def report_output(self):
        self.reported["calls"] += 1
        self.reported["output"] += 30

    def report_all(self):
        """Of a call of OpenAI's; the cached part of its input, and the reasoning of its output."""
        self.report_input()
        self.report_output()
        cached, reasoning = (40, 12) if self.is_cached else (0, 0)
        self.reported["reasoning"] += reasoning
        return cached, reasoning

    def fails(self):
        """The status of a call that is refused, else None."""
        if self.case == "limited" and self.calls == 1:
            return 429
        return 500 if self.case == "broken" else None


class OpenAi:
    name = "openai"

    def __init__(self, provider, body):
        self.provider = provider
        self.body = body
        self.is_asked_for_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        self.wants_tool = provider.case == "tools" and not any(one["role"] == "tool" for one in body["messages"])

    def usage(self):
        cached, reasoning = self.provider.report_all()
        return {
            "prompt_tokens": 120,
            "completion_tokens": 30,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": cached},
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        }

    @staticmethod
    def error(status):
        kind = "rate_limit_exceeded" if status == 429 else "server_error"
        return {"error": {"message": f"CANARY-message {kind}", "type": kind, "code": kind}}

    def answer(self):
        message = {"role": "assistant", "content": TEXT}
        if self.wants_tool:
            call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"CANARY-city"}'}}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
        return {
            "id": f"chatcmpl-{self.provider.calls}",
            "object": "chat.completion",
            "created": 1790000000,
            "model": MODEL,
            "system_fingerprint": "fp_1",
            "service_tier": "default",
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if self.wants_tool else "stop"}],
            "usage": self.usage(),
        }

    def chunks(self):
        common = {"id": f"chatcmpl-{self.provider.calls}", "object": "chat.completion.chunk", "created": 1790000000, "model": MODEL}
        for text in TEXT.split(" "):
            yield None, {**common, "choices": [{"index": 0, "delta": {"role": "assistant", "content": text + " "}, "finish_reason": None}]}
        yield None, {**common, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        if self.is_asked_for_usage:
            yield None, {**common, "choices": [], "usage": self.usage()}
        yield None, "[DONE]"


class Responses:
    """OpenAI's Responses: a stream tells what became of the call, and what it used, in its last event."""

    name = "responses"

    def __init__(self, provider, body):
        self.provider = provider
        self.tools = body.get("tools") or []
        asked = body["input"] if isinstance(body["input"], list) else []
        self.wants_tool = provider.case == "tools" and not any(one.get("type") == "function_call_output" for one in asked)

    def usage(self):
        cached, reasoning = self.provider.report_all()
        return {
            "input_tokens": 120,
            "input_tokens_details": {"cached_tokens": cached},
            "output_tokens": 30,
            "output_tokens_details": {"reasoning_tokens": reasoning},
            "total_tokens": 150,
        }

    error = staticmethod(OpenAi.error)

    def response(self, status, output, usage, **more):
        return {
            "id": f"resp_{self.provider.calls}",
            "object": "response",
            "created_at": 1790000000,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "model": MODEL,
            "output": output,
            "parallel_tool_calls": True,
            "temperature": 1.0,
            "text": {"format": {"type": "text"}},
            "tool_choice": "auto",
            "tools": self.tools,
            "top_p": 1.0,
            "truncation": "disabled",
            "service_tier": "default",
            "usage": usage,
            **more,
        }

    def message(self, text, status):
        content = [] if text is None else [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]
        return {"type": "message", "id": f"msg_{self.provider.calls}", "status": status, "role": "assistant", "content": content}

    def answer(self):
        output = self.message(TEXT, "completed")
        if self.wants_tool:
            call = {"call_id": "call_1", "name": "weather", "arguments": '{"city":"CANARY-city"}'}
            output = {"type": "function_call", "id": "fc_1", "status": "completed", **call}
        return self.response("completed", [output], self.usage())

    def chunks(self):
        for number, (kind, more) in enumerate(self.events()):
            yield kind, {"type": kind, "sequence_number": number, **more}

    def events(self):
        item = {"item_id": f"msg_{self.provider.calls}", "output_index": 0, "content_index": 0}
        part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
        begun_s = time.monotonic()
        begun = {"response": self.response("in_progress", [], None)}
        yield "response.created", begun
        yield "response.in_progress", begun
        yield "response.output_item.added", {"output_index": 0, "item": self.message(None, "in_progress")}
        yield "response.content_part.added", {**item, "part": part}
        threading.Event().wait(THINKING_S)
        self.provider.reported["first_text_ms"] = round((time.monotonic() - begun_s) * 1000)
        for text in TEXT.split(" "):
            yield "response.output_text.delta", {**item, "delta": text + " ", "logprobs": []}
            if self.provider.case == "failed":
                error = {"code": "server_error", "message": "CANARY-message server_error"}
                yield "response.failed", {"response": self.response("failed", [], None, error=error)}
                return
        message = self.message(TEXT, "completed")
        yield "response.output_text.done", {**item, "text": TEXT, "logprobs": []}
        yield "response.content_part.done", {**item, "part": {**part, "text": TEXT}}
        yield "response.output_item.done", {"output_index": 0, "item": message}
        # Gateways leave the usage out.
        usage = None if self.provider.case == "unmetered" else self.usage()
        if self.provider.case == "truncated":
            more = {"incomplete_details": {"reason": "max_output_tokens"}}
            yield "response.incomplete", {"response": self.response("incomplete", [message], usage, **more)}
        else:
            yield "response.completed", {"response": self.response("completed", [message], usage)}


class Anthropic:
    name = "anthropic"

    def __init__(self, provider, body):
        self.provider = provider
        self.wants_tool = provider.case == "tools" and len(body["messages"]) == 1

    def usage(self, output):
        """What was read from the cache and written to it is beside the input, and no part of it. A stream begins with it."""
        self.provider.report_input()
        read, written = (40, 10) if self.provider.is_cached else (0, 0)
        return {
            "input_tokens": 120 - read - written,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": written,
            "output_tokens": output,
        }

    @staticmethod
    def error(status):
        kind = "rate_limit_error" if status == 429 else "api_error"
        return {"type": "error", "error": {"type": kind, "message": f"CANARY-message {kind}"}}

    def message(self, content, output):
        return {
            "id": f"msg_{self.provider.calls}",
            "type": "message",
            "role": "assistant",
            "model": MODEL,
            "content": content,
            "stop_reason": None,
            "stop_sequence": None,
            "usage": self.usage(output),
        }

    def answer(self):
        self.provider.report_output()
        content = [{"type": "text", "text": TEXT}]
        if self.wants_tool:
            content = [{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "CANARY-city"}}]
        return {**self.message(content, 30), "stop_reason": "tool_use" if self.wants_tool else "end_turn"}

    def chunks(self):
        def of(kind, **more):
            return kind, {"type": kind, **more}

        yield of("message_start", message=self.message([], 1))
        yield of("content_block_start", index=0, content_block={"type": "text", "text": ""})
        for text in TEXT.split(" "):
            yield of("content_block_delta", index=0, delta={"type": "text_delta", "text": text + " "})
        yield of("content_block_stop", index=0)
        self.provider.report_output()
        end = {"stop_reason": "end_turn", "stop_sequence": None}
        yield of("message_delta", delta=end, usage={"output_tokens": 30})
        yield of("message_stop")


PROTOCOLS = {"/v1/chat/completions": OpenAi, "/v1/responses": Responses, "/v1/messages": Anthropic}


def frame_of(kind, data):
    text = data if isinstance(data, str) else json.dumps(data)
    return ("" if kind is None else f"event: {kind}\n") + f"data: {text}\n\n"


def handler_of(provider, exports):
    """Answers calls of models as the case says, keeps the bodies that come to the paths of `exports`, and takes other signals."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_POST(self):
            body = self.read_body()
            if self.headers.get("content-encoding") == "gzip":
                body = decompress(body)
            path = self.path.split("?")[0]
            if path in exports:
                exports[path].append(body)
            if path in PROTOCOLS:
                self.complete(PROTOCOLS[path](provider, json.loads(body)), bool(json.loads(body).get("stream")))
            else:
                self.send(200, b"", "application/x-protobuf")

        def do_GET(self):
            self.send(404, b"{}")

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

        def complete(self, protocol, is_streamed):
            provider.calls += 1
            status = provider.fails()
            if status is not None:
                self.send(status, json.dumps(protocol.error(status)).encode())
            elif is_streamed:
                self.stream(protocol)
            else:
                self.send(200, json.dumps(protocol.answer()).encode())

        def stream(self, protocol):
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            try:
                for index, (kind, data) in enumerate(protocol.chunks()):
                    if index == CHUNKS_BEFORE[protocol.name]:
                        if provider.case == "stalled":
                            threading.Event().wait(SILENCE_S)
                        if provider.case in ("stalled", "cut"):
                            # The last chunk never comes: the client sees the line break.
                            self.connection.shutdown(socket.SHUT_RDWR)
                            self.close_connection = True
                            return
                        if provider.case == "malformed":
                            self.write_chunk(frame_of(kind, '{"CANARY-chunk').encode())
                            break
                    self.write_chunk(frame_of(kind, data).encode())
                    threading.Event().wait(0.3 if provider.case == "stopped" else 0.02)
                self.write_chunk(b"")
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def write_chunk(self, frame):
            self.wfile.write(f"{len(frame):x}\r\n".encode() + frame + b"\r\n")
            self.wfile.flush()

    return Handler
