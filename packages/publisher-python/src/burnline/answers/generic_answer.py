"""For an API without an adapter of its own."""

from collections.abc import Mapping
from typing import Any, Callable, Optional, TypeVar

from ..call_failure import classify_failure
from .adapter import AnswerAdapter, Reading

_Result = TypeVar("_Result")


def generic_answer(
    *,
    has_content: Optional[Callable[[Any], bool]] = None,
    tells: Optional[Callable[[Any], Optional[Mapping[str, Any]]]] = None,
    is_whole: Optional[Callable[[Any], bool]] = None,
    error_of: Optional[Callable[[Any], Any]] = None,
) -> AnswerAdapter:
    """What a callback raises costs that callback's word alone.

    - ``has_content``: whether a chunk carries text, reasoning or a part of a tool call. By default each does.
    - ``tells``: what a chunk, or an answer that came at once, says of the event: tokens used, the finish reason, the model.
    - ``is_whole``: whether a chunk says that the answer is whole. Without it a stream that ends is taken for whole, however it
      broke off, and one that its reader leaves for cancelled.
    - ``error_of``: the error that a chunk is in place of a part of the answer, if it is one.
    """

    class _Reader:
        def chunk(self, chunk: Any) -> Reading:
            is_content = True if has_content is None else bool(_quietly(has_content, chunk))
            ending = "whole" if _quietly(is_whole, chunk) else None
            reading = self.answer(chunk)
            return Reading(is_content, reading.told, reading.ending or ending)

        def answer(self, answer: Any) -> Reading:
            error = _quietly(error_of, answer)
            told = _quietly(tells, answer)
            ending = None if error is None else classify_failure(error)
            return Reading(False, None if told is None else dict(told), ending)

    return AnswerAdapter(marks_end=is_whole is not None, read=_Reader)


def _quietly(callback: Optional[Callable[[Any], _Result]], value: Any) -> Optional[_Result]:
    try:
        return None if callback is None else callback(value)
    except Exception:
        # The service's own reading of a chunk failed; the answer goes on without it.
        return None
