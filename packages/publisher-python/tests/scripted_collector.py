"""The far side of the network in tests: a server that answers by a script and keeps what it takes."""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, NamedTuple

from burnline import Publisher


class Request(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes
    #: Which connection it came on, counted from 0.
    connection: int

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.body.splitlines()]


class Answer(NamedTuple):
    status: int = 200
    body: Any = None
    headers: dict[str, str] = {}  # noqa: RUF012 - a tuple's default, never written to
    #: Closes the connection behind the answer, without saying so.
    ends: bool = False
    #: No answer until then.
    after: threading.Event | None = None


Script = Callable[[int, Request], Answer]


class ScriptedCollector:
    """``script`` gets the number of the request, among those of its path, and the request."""

    def __init__(self, script: Script = lambda number, request: Answer()) -> None:
        self.requests: list[Request] = []
        self._connections = 0
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                self.number = collector._connections
                collector._connections += 1

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers["content-encoding"] == "gzip":
                    body = gzip.decompress(body)
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.path, headers, body, self.number)
                number = len([one for one in collector.requests if one.path == self.path])
                collector.requests.append(request)
                answer = script(number, request)
                if answer.after is not None:
                    answer.after.wait()
                text = json.dumps(answer.body if answer.body is not None else {"accepted": 1}).encode()
                try:
                    self.send_response(answer.status)
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
                except OSError:
                    # A publisher that is closed does not wait for it.
                    answer = answer._replace(ends=True)
                self.close_connection = answer.ends

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True, kwargs={"poll_interval": 0.01}).start()

    def of(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    @property
    def events(self) -> list[dict[str, Any]]:
        """Of all requests, those that were refused as well."""
        return [record for request in self.of("/v1/events") for record in request.records]

    def publisher(self, **options: Any) -> Publisher:
        defaults = {"linger_s": 0.01, "report_interval_s": 0}
        return Publisher(url=self.url, service="chat", environment="test", **{**defaults, **options})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def event(number: int = 0, **fields: Any) -> Any:
    return {"model_requested": "model-a", "status": "ok", "duration_ms": 900 + number, **fields}


def invalid(indexes: list[int]) -> Answer:
    """How a collector refuses a request with wrong records in it."""
    problems = [{"index": index, "path": "ttft_ms", "expected": "at most duration_ms", "found": "5000"} for index in indexes]
    details = {"wrongCount": len(indexes), "wrongIndexes": indexes, "problems": problems}
    return Answer(400, {"error": {"code": "COLLECTOR_RECORDS_INVALID", "message": "wrong", "details": details}})
