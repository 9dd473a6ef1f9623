"""What an adapter for one provider's API is."""

from typing import Any, Callable, NamedTuple, Optional, Protocol, Union

from ..call_failure import CallFailure

#: ``whole``: the provider has said how the answer ended, and nothing but figures about it may follow. ``open``: it goes on after
#: all. ``aborted``: it was stopped by the caller. A failure: an error in place of the rest.
Ending = Union[str, CallFailure]


class Reading(NamedTuple):
    """What one chunk of a streamed answer, or an answer that came at once, says."""

    #: It carries text, reasoning or a part of a tool call; the first such chunk is what ``ttft_ms`` measures.
    has_content: bool = False
    #: Fields of the event that it states. Later ones win; None states nothing.
    told: Optional[dict[str, Any]] = None
    ending: Optional[Ending] = None


class AnswerReader(Protocol):
    """Reads one answer; may keep what it needs from chunk to chunk."""

    def chunk(self, chunk: Any) -> Reading: ...

    def answer(self, answer: Any) -> Reading:
        """An answer that came at once. One that says nothing of its ending is whole."""
        ...


class AnswerAdapter(NamedTuple):
    """Knows one provider's API."""

    #: Whether this API says in the stream that an answer is whole; if not, a stream that ends is taken for whole.
    marks_end: bool
    read: Callable[[], AnswerReader]
