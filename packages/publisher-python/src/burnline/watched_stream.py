"""Streams that are watched while they are read: nothing is read but what the reader reads, and it gets what there was."""

import logging
from typing import Any, Callable

from .observation import Observation

_log = logging.getLogger("burnline")


def quietly(note: Callable[..., None], *args: Any) -> None:
    """Whoever calls a model is not to be disturbed by being measured."""
    try:
        note(*args)
    except Exception:
        _log.debug("a call could not be measured", exc_info=True)


def watch_stream(source: Any, observation: Observation) -> Any:
    """Stands in for a stream: has every attribute and the class of it, and is read like it."""
    is_sync, is_async = hasattr(source, "__next__"), hasattr(source, "__aiter__") or hasattr(source, "__anext__")
    made = _WatchedBoth if is_sync and is_async else _WatchedIterator if is_sync else _WatchedAsyncIterator
    return made(source, observation)


class _Watched:
    __slots__ = ("__weakref__", "_burnline_iterator", "_burnline_observation", "_burnline_source")

    def __init__(self, source: Any, observation: Observation) -> None:
        for name, value in (("source", source), ("observation", observation), ("iterator", None)):
            object.__setattr__(self, f"_burnline_{name}", value)
        quietly(observation.streams)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self._burnline_source)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._burnline_source, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._burnline_source, name, value)

    def close(self) -> Any:
        """Of an asynchronous stream, what it gives is awaited by the caller."""
        quietly(self._burnline_observation.left, "consumer_left")
        return self._burnline_source.close()

    def __del__(self) -> None:
        quietly(self._burnline_observation.left, "abandoned")


class _WatchedIterator(_Watched):
    __slots__ = ()

    def __iter__(self) -> "_Loop":
        return _Loop(self)

    def __next__(self) -> Any:
        observation = self._burnline_observation
        try:
            chunk = next(self._burnline_source)
        except StopIteration:
            quietly(observation.ended)
            raise
        except BaseException as error:
            quietly(observation.failed, error)
            raise
        quietly(observation.chunk, chunk)
        return chunk

    def __enter__(self) -> Any:
        entered = self._burnline_source.__enter__()
        return self if entered is self._burnline_source else entered

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        quietly(self._burnline_observation.left, "consumer_left")
        return self._burnline_source.__exit__(kind, error, trace)


class _WatchedAsyncIterator(_Watched):
    __slots__ = ()

    def __aiter__(self) -> "_AsyncLoop":
        return _AsyncLoop(self)

    async def __anext__(self) -> Any:
        observation = self._burnline_observation
        try:
            chunk = await self._async_iterator().__anext__()
        except StopAsyncIteration:
            quietly(observation.ended)
            raise
        except BaseException as error:
            quietly(observation.failed, error)
            raise
        quietly(observation.chunk, chunk)
        return chunk

    def aclose(self) -> Any:
        quietly(self._burnline_observation.left, "consumer_left")
        return self._burnline_source.aclose()

    async def __aenter__(self) -> Any:
        entered = await self._burnline_source.__aenter__()
        return self if entered is self._burnline_source else entered

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> Any:
        quietly(self._burnline_observation.left, "consumer_left")
        return await self._burnline_source.__aexit__(kind, error, trace)

    def _async_iterator(self) -> Any:
        if self._burnline_iterator is None:
            source = self._burnline_source
            iterator = source if hasattr(source, "__anext__") else source.__aiter__()
            object.__setattr__(self, "_burnline_iterator", iterator)
        return self._burnline_iterator


class _WatchedBoth(_WatchedIterator, _WatchedAsyncIterator):
    __slots__ = ()


class _Loop:
    """One loop over a stream. A reader may leave it and go on in another."""

    __slots__ = ("_stream",)

    def __init__(self, stream: _Watched) -> None:
        self._stream = stream

    def __iter__(self) -> "_Loop":
        return self

    def __next__(self) -> Any:
        return next(self._stream)

    def __del__(self) -> None:
        quietly(self._stream._burnline_observation.paused)


class _AsyncLoop:
    __slots__ = ("_stream",)

    def __init__(self, stream: _WatchedAsyncIterator) -> None:
        self._stream = stream

    def __aiter__(self) -> "_AsyncLoop":
        return self

    def __anext__(self) -> Any:
        return self._stream.__anext__()

    def __del__(self) -> None:
        quietly(self._stream._burnline_observation.paused)
