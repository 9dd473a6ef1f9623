"""What becomes of one call, as it is seen from outside."""

import time
from collections.abc import Mapping
from typing import Any, Optional, Protocol, Union

from .answers.adapter import AnswerAdapter, AnswerReader, Reading
from .answers.structure import stated
from .call_failure import CallFailure, classify_failure
from .event_fields import EventContext, InferenceEvent
from .refusal_words import WITHHELD

_UNFINISHED = {"status": "error", "error_type": "unfinished", "http_status": 0}
_ABORTED = CallFailure("cancelled", "aborted")
_HTTP_ERROR_MIN = 400


class Emitter(Protocol):
    """A publisher, or what stands in front of one."""

    def emit(self, event: InferenceEvent) -> None: ...


class Observation:
    """Ends in one event, whoever reports the end first. Its times are of a monotonic clock. Methods may raise what an adapter
    raises: whoever watches an answer calls them by ``quietly``."""

    def __init__(
        self,
        publisher: Emitter,
        event: Optional[EventContext],
        adapter: Optional[AnswerAdapter],
        started_at: Optional[float] = None,
    ) -> None:
        self._publisher = publisher
        self._event: dict[str, Any] = stated(event or {})
        self._marks_end = adapter is not None and adapter.marks_end
        self._reader: Optional[AnswerReader] = None if adapter is None else adapter.read()
        self._told: dict[str, Any] = {}
        self._ending: Union[str, CallFailure, None] = None
        self._is_stream = False
        self._is_over = False
        self._content_at: Optional[float] = None
        self._last_chunk_at: Optional[float] = None
        self._paused_at: Optional[float] = None
        self._started_at = time.perf_counter() if started_at is None else started_at

    def streams(self) -> None:
        """A stream has come: content is waited for."""
        self._is_stream = True

    def content(self) -> None:
        """The first content of the answer, if none came before."""
        self._is_stream = True
        if self._content_at is None:
            self._content_at = time.perf_counter()

    def tell(self, fields: Mapping[str, Any]) -> None:
        self._told = _merged(self._told, fields)

    def chunk(self, chunk: Any) -> None:
        if self._is_over:
            return
        self._last_chunk_at, self._paused_at = time.perf_counter(), None
        if self._reader is None:
            return
        reading = self._reader.chunk(chunk)
        if reading.has_content and self._content_at is None:
            self._content_at = self._last_chunk_at
        self._note(reading)

    def ended(self) -> None:
        """The stream has ended by itself."""
        # One that ended without the mark that its API promises was cut where nobody noticed: by a proxy, by a server.
        if self._ending is None and self._marks_end:
            self._close(_UNFINISHED)
        else:
            self._close_as_told()

    def paused(self) -> None:
        """A loop over the stream was left. Another may go on, and if none does, it was left now."""
        self._paused_at = time.perf_counter()

    def left(self, how: str) -> None:
        """Nobody reads on."""
        if self._ending is None:
            self._close({"status": "cancelled", "error_type": how, "http_status": 0})
        else:
            self._close_as_told()

    def failed(self, error: Any) -> None:
        self._paused_at = None
        failure = classify_failure(error)
        # A reader that leaves by an exception of its own leaves a whole answer.
        if failure.status == "cancelled" and self._ending == "whole":
            self._close_as_told()
        else:
            self._close(_outcome_of(failure))

    def answered(self, answer: Any) -> None:
        """An answer came at once."""
        if self._reader is not None:
            self._note(self._reader.answer(answer))
        self._close_as_told()

    def answered_with(self, http_status: int, headers: Any, url: Any = None) -> None:
        """Headers came, and what follows is read elsewhere."""
        if http_status < _HTTP_ERROR_MIN:
            self._close({"http_status": http_status})
        else:
            self.failed({"status": http_status, "headers": headers, "url": url})

    def finished(self) -> None:
        """The service says that all went well."""
        self._close_as_told()

    def _note(self, reading: Reading) -> None:
        """The first failure stands: what follows one is its consequence."""
        if reading.told is not None:
            self._told = _merged(self._told, reading.told)
        if reading.ending is not None and not isinstance(self._ending, CallFailure):
            self._ending = None if reading.ending == "open" else reading.ending

    def _close_as_told(self) -> None:
        if self._ending == "aborted":
            self._close(_outcome_of(_ABORTED))
        elif isinstance(self._ending, CallFailure):
            self._close(_outcome_of(self._ending))
        else:
            self._close({})

    def _close(self, outcome: Mapping[str, Any]) -> None:
        if self._is_over:
            return
        self._is_over = True
        # What a reader does after the last chunk of a whole answer is not the provider's time.
        is_whole = self._ending == "whole" and "status" not in outcome
        ended_at = self._last_chunk_at if is_whole else self._paused_at
        if ended_at is None:
            ended_at = time.perf_counter()
        event = _merged(_consistent(_merged(self._event, self._told)), outcome)
        # An answer that ended well may have been withheld all the same.
        withheld_by = None if "status" in outcome else WITHHELD.get(event.get("finish_reason") or "")
        if withheld_by is not None:
            event.update(status="content_filtered", refused_by=withheld_by)
        event.setdefault("status", "ok")
        event["streaming"] = self._is_stream or event.get("streaming", False)
        event["ttft_ms"] = None if self._content_at is None else (self._content_at - self._started_at) * 1_000
        event["duration_ms"] = (ended_at - self._started_at) * 1_000
        self._publisher.emit(event)  # type: ignore[arg-type]


def _outcome_of(failure: CallFailure) -> dict[str, Any]:
    outcome: dict[str, Any] = {
        "status": failure.status,
        "error_type": failure.error_type,
        "http_status": failure.http_status,
        "refused_by": failure.refused_by,
    }
    if failure.retry_after_ms is not None:
        outcome["measures"] = {"retry_after_ms": failure.retry_after_ms}
    return outcome


def _merged(before: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    event = {**before, **stated(added)}
    measures = {**(before.get("measures") or {}), **(added.get("measures") or {})}
    if measures:
        event["measures"] = measures
    return event


def _consistent(event: dict[str, Any]) -> dict[str, Any]:
    """A part that exceeds its whole comes from a provider that counts otherwise: then the part is not known."""
    whole_input, cached = event.get("input_tokens"), event.get("cached_input_tokens")
    written = event.get("cache_write_input_tokens")
    if _exceeds(cached, whole_input):
        event["cached_input_tokens"] = None
    if written is not None and _exceeds(written + (cached or 0), whole_input):
        event["cache_write_input_tokens"] = None
    if _exceeds(event.get("reasoning_tokens"), event.get("output_tokens")):
        event["reasoning_tokens"] = None
    return event


def _exceeds(one: Optional[int], whole: Optional[int]) -> bool:
    return one is not None and whole is not None and one > whole
