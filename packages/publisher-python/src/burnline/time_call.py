"""Measuring calls to models: one event of each, whatever becomes of it."""

import inspect
import logging
from collections.abc import Awaitable
from types import TracebackType
from typing import Any, Callable, Optional, TypeVar, cast

from .answers.adapter import AnswerAdapter
from .answers.structure import part
from .event_fields import EventContext
from .observation import Emitter, Observation
from .watched_stream import quietly, watch_stream

_Result = TypeVar("_Result")
_log = logging.getLogger("burnline")


def time_call(
    call: Callable[[], _Result],
    *,
    publisher: Emitter,
    adapter: AnswerAdapter,
    event: Optional[EventContext] = None,
) -> _Result:
    """Makes a call to a model and emits one event of what became of it: how long it took from here, what it used, how it ended.
    What ``call`` returns is returned, what it raises is raised.

    - A call that is refused before there is an answer is an event too: its status by HTTP code and class of error.
    - A streamed answer is watched while it is read: ``ttft_ms`` is its first content, and the event comes with its end. Nothing
      is read ahead, so time that the reader takes between two chunks counts.
    - An answer that its reader leaves is ``cancelled``, unless the provider had said by then how it ended.
    - What is awaited comes back as a coroutine, and begins when it is awaited.
    - Retries within an SDK are one call. Turn them off (``max_retries=0``) where attempts are to be told apart.

    ``event`` is what is known beforehand: ``model_requested`` at least, since a call that is refused names no model.
    """
    observation = Observation(publisher, event, adapter)
    try:
        result = call()
    except BaseException as error:
        quietly(observation.failed, error)
        raise
    if inspect.isawaitable(result):
        return cast(_Result, _awaited(result, observation))
    return cast(_Result, _watched(result, observation))


def time_stream(
    stream: _Result,
    *,
    publisher: Emitter,
    adapter: AnswerAdapter,
    event: Optional[EventContext] = None,
    started_at: Optional[float] = None,
) -> _Result:
    """One event of a stream that is there already. Its time begins here, or at ``started_at`` by ``time.perf_counter()``: where
    the call can be wrapped, ``time_call`` sees more."""
    return cast(_Result, _watched(stream, Observation(publisher, event, adapter, started_at)))


class timed:
    """Times whatever runs within ``with timed(...) as call:`` as one call to a model: for clients without an adapter.

    ``call.content()`` says that the first part of a streamed answer came, ``call.tell(output_tokens=96)`` what is known of it.
    An exception that leaves the block is how the call ended; it goes on.
    """

    def __init__(self, *, publisher: Emitter, event: Optional[EventContext] = None) -> None:
        self._publisher = publisher
        self._event = event
        self._observation: Optional[Observation] = None

    def __enter__(self) -> "timed":
        self._observation = Observation(self._publisher, self._event, None)
        return self

    def content(self) -> None:
        if self._observation is not None:
            quietly(self._observation.content)

    def tell(self, **fields: Any) -> None:
        if self._observation is not None:
            quietly(self._observation.tell, fields)

    def __exit__(
        self,
        _kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        _trace: Optional[TracebackType],
    ) -> None:
        if self._observation is None:
            return
        if error is None:
            quietly(self._observation.finished)
        else:
            quietly(self._observation.failed, error)


async def _awaited(result: Awaitable[Any], observation: Observation) -> Any:
    try:
        answer = await result
    except BaseException as error:
        quietly(observation.failed, error)
        raise
    return _watched(answer, observation)


def _watched(result: Any, observation: Observation) -> Any:
    if hasattr(result, "__next__") or hasattr(result, "__anext__") or hasattr(result, "__aiter__"):
        return watch_stream(result, observation)
    http_status = getattr(result, "status_code", getattr(result, "status", None))
    if isinstance(http_status, int) and hasattr(result, "headers"):
        quietly(observation.answered_with, http_status, result.headers, part(result, "url"))
    elif hasattr(type(result), "__enter__") or hasattr(type(result), "__aenter__"):
        # It reads the answer by itself, where nobody sees it: an event of it would be made up.
        name = type(result).__name__
        _log.warning("a call that gives a %s cannot be measured; call create(..., stream=True) instead", name)
    else:
        quietly(observation.answered, result)
    return result
