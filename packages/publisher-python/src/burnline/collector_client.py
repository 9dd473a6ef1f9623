"""One connection to a collector, kept open between requests."""

import contextlib
import email.utils
import gzip
import http.client
import json
import re
import socket
import ssl
import time
from typing import Any, NamedTuple, Optional
from urllib.parse import urlsplit

from .options import PublisherOptions, PublisherOptionsError

#: A collector describes a thousand faults at most; what is longer is no answer of one.
_ANSWER_BYTES_MAX = 4 * 1_024 * 1_024
_MESSAGE_CHARS_MAX = 200
_SECONDS = re.compile(r"\d{1,9}")
#: What a connection that the other side has closed meanwhile answers to the next request.
_STALE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, ConnectionAbortedError)
#: Answers about the body itself: it will never be taken. Every other one says something of the way, and that can be mended
#: while the body waits.
_REFUSALS = frozenset((400, 413, 415, 422))
_WRONG_WAY = "Check the URL: what answers there is no collector."
_REMEDIES = {
    401: "Give the collector's key: key='bik_...'.",
    403: "Check that the collector's key is one that may send events.",
    404: _WRONG_WAY,
    405: _WRONG_WAY,
}
_REMEDY = "Look at the collector: it, or the log behind it, cannot take events."
_REMEDY_REFUSED = "Check that publisher and collector have compatible versions."


class CollectorError(Exception):
    """A collector did not take a request. The message names cause and remedy."""

    def __init__(self, answer: "Answer") -> None:
        told = f"The collector answered {answer.status}: {answer.text[:_MESSAGE_CHARS_MAX]}"
        remedy = _REMEDY_REFUSED if answer.is_refusal else _REMEDIES.get(answer.status, _REMEDY)
        super().__init__(f"{told} {remedy}")
        self.status = answer.status


class Answer(NamedTuple):
    status: int
    text: str
    retry_after: Optional[str]

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_refusal(self) -> bool:
        return self.status in _REFUSALS

    @property
    def retry_after_s(self) -> float:
        """How long the other side asks to wait; 0 where it does not ask."""
        return seconds_of_retry_after(self.retry_after) or 0.0

    @property
    def details(self) -> dict[str, Any]:
        """``error.details`` of the answer; empty where something else answered."""
        try:
            found = json.loads(self.text)["error"]["details"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def wrong_records(self) -> dict[int, str]:
        """What is wrong with which records, by their index in the request."""
        told: dict[int, list[str]] = {index: [] for index in _list_of(self.details, "wrongIndexes") if _is_index(index)}
        for problem in _list_of(self.details, "problems"):
            index = problem.get("index") if isinstance(problem, dict) else None
            if _is_index(index) and index in told:
                path, expected, found = (problem.get(name) for name in ("path", "expected", "found"))
                told[index].append(f"{path}: expected {expected}, found {found}")
        return {index: "; ".join(faults) for index, faults in told.items()}

    def durable_records(self) -> "set[int]":
        """Indexes of the records that the log has, of a request of which it took a part."""
        items = [item for item in _list_of(self.details, "items") if isinstance(item, dict)]
        return {item["index"] for item in items if item.get("state") == "durable" and _is_index(item.get("index"))}


def seconds_of_retry_after(value: Optional[str]) -> Optional[float]:
    """Retry-After (RFC 9110, section 10.2.3): seconds, or a date. None: absent or unreadable."""
    if value is None:
        return None
    if _SECONDS.fullmatch(value.strip()):
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


class CollectorClient:
    """Posts bodies, one at a time. ``post`` raises OSError or http.client.HTTPException where no answer comes."""

    def __init__(self, options: PublisherOptions) -> None:
        try:
            url = urlsplit(options.url)
            is_right = url.scheme in ("http", "https") and bool(url.hostname) and "@" not in url.netloc
            self._port = url.port
        except (ValueError, AttributeError, TypeError):
            is_right = False
        if not is_right:
            expected = "url must be http://HOST[:PORT] or https://..., credentials go by key or headers"
            raise PublisherOptionsError(f"{expected}, found {options.url!r}. Correct it where the publisher is made.")
        self._host = str(url.hostname)
        self._is_tls = url.scheme == "https"
        self._base_path = url.path.rstrip("/")
        self._options = options
        self._headers = dict(options.headers)
        if options.key is not None:
            self._headers["authorization"] = f"Bearer {options.key}"
        if options.gzip:
            self._headers["content-encoding"] = "gzip"
        self._connection: Optional[http.client.HTTPConnection] = None
        self._is_interrupted = False

    def post(self, path: str, content_type: str, body: bytes) -> Answer:
        sent = gzip.compress(body, 1) if self._options.gzip else body
        headers = {**self._headers, "content-type": content_type}
        is_kept = self._connection is not None
        self._is_interrupted = False
        try:
            return self._exchange(path, sent, headers)
        except _STALE:
            # Records have ids, so one that did arrive is a repeat.
            if not is_kept or self._is_interrupted:
                raise
            return self._exchange(path, sent, headers)

    def interrupt(self) -> None:
        """Ends a request that is under way on another thread: it raises there."""
        self._is_interrupted = True
        sock = getattr(self._connection, "sock", None)
        if sock is None:
            return
        # It may be over already.
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _exchange(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        connection = self._connection or self._connect()
        self._connection = connection
        try:
            connection.request("POST", self._base_path + path, body, headers)
            response = connection.getresponse()
            text = response.read(_ANSWER_BYTES_MAX).decode("utf-8", "replace")
            if not response.isclosed():
                self.close()
            return Answer(response.status, text, response.getheader("retry-after"))
        except BaseException:
            self.close()
            raise

    def _connect(self) -> http.client.HTTPConnection:
        timeout_s = self._options.timeout_s
        if not self._is_tls:
            return http.client.HTTPConnection(self._host, self._port, timeout=timeout_s)
        context = self._options.ssl_context or ssl.create_default_context()
        return http.client.HTTPSConnection(self._host, self._port, timeout=timeout_s, context=context)


def _is_index(value: object) -> bool:
    return isinstance(value, int) and value >= 0


def _list_of(details: dict[str, Any], name: str) -> list[Any]:
    found = details.get(name)
    return found if isinstance(found, list) else []
