"""Goal: an event says of a call what its caller could see: when content came, what was told, how it ended, and nothing else."""

from __future__ import annotations

import asyncio
import gc
import json
import time
import unittest
from collections.abc import AsyncIterator, Iterator
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any, Callable

from burnline import (
    AnswerAdapter,
    anthropic_messages,
    classify_failure,
    generic_answer,
    openai_chat,
    openai_responses,
    time_call,
    time_stream,
    timed,
)


class Events:
    """Stands where a publisher does."""

    def __init__(self) -> None:
        self.all: list[Any] = []

    def emit(self, event: Any) -> None:
        self.all.append(event)

    @property
    def only(self) -> Any:
        (event,) = self.all
        return event


def objects(value: Any) -> Any:
    """As SDKs have answers: attributes in place of keys."""
    return json.loads(json.dumps(value), object_hook=lambda fields: SimpleNamespace(**fields))


def delta(finish_reason: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"model": "served", "choices": [{"index": 0, "delta": fields, "finish_reason": finish_reason}], "usage": None}


USAGE = {
    "prompt_tokens": 120,
    "completion_tokens": 37,
    "prompt_tokens_details": {"cached_tokens": 100},
    "completion_tokens_details": {"reasoning_tokens": 5},
}
CHAT = [
    delta(role="assistant", content=""),
    delta(content="a"),
    delta(content="b"),
    delta("stop"),
    {"model": "served", "choices": [], "usage": USAGE},
]
CALL = {"type": "function_call", "name": "look"}
RESPONSE = {
    "model": "served",
    "status": "completed",
    "error": None,
    "output": [CALL],
    "usage": {
        "input_tokens": 120,
        "output_tokens": 37,
        "input_tokens_details": {"cached_tokens": 100},
        "output_tokens_details": {"reasoning_tokens": 5},
    },
}
RESPONSES = [
    {"type": "response.created", "response": {**RESPONSE, "status": "in_progress", "usage": None}},
    {"type": "response.output_item.added", "item": {"type": "message"}},
    {"type": "response.output_text.delta", "delta": "a"},
    {"type": "response.output_item.added", "item": CALL},
    {"type": "response.completed", "response": RESPONSE},
]
MESSAGES = [
    {
        "type": "message_start",
        "message": {
            "model": "served",
            "usage": {"input_tokens": 15, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 5, "output_tokens": 1},
        },
    },
    {"type": "content_block_start", "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "a"}},
    {"type": "content_block_start", "content_block": {"type": "tool_use", "name": "look"}},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 37}},
    {"type": "message_stop"},
]
STREAMS: list[tuple[str, AnswerAdapter, list[dict[str, Any]], dict[str, Any]]] = [
    ("chat", openai_chat, CHAT, {"finish_reason": "stop", "cached_input_tokens": 100, "reasoning_tokens": 5}),
    (
        "responses",
        openai_responses,
        RESPONSES,
        {"finish_reason": "completed", "cached_input_tokens": 100, "reasoning_tokens": 5, "tool_calls": 1},
    ),
    (
        "messages",
        anthropic_messages,
        MESSAGES,
        {"finish_reason": "tool_use", "cached_input_tokens": 100, "cache_write_input_tokens": 5, "tool_calls": 1},
    ),
]


def slowly(chunks: list[Any], content: int, wait_s: float) -> Iterator[Any]:
    for index, chunk in enumerate(chunks):
        if index == content:
            time.sleep(wait_s)
        yield chunk


async def slowly_async(chunks: list[Any], content: int, wait_s: float) -> AsyncIterator[Any]:
    for index, chunk in enumerate(chunks):
        if index == content:
            await asyncio.sleep(wait_s)
        yield chunk


class StreamTest(unittest.TestCase):
    def setUp(self) -> None:
        self.events = Events()

    def call(self, call: Callable[[], Any], adapter: AnswerAdapter = openai_chat) -> Any:
        return time_call(call, publisher=self.events, adapter=adapter, event={"model_requested": "m"})

    def check(self, told: dict[str, Any]) -> None:
        event = self.events.only
        expected = {"model_requested": "m", "model_served": "served", "status": "ok", "streaming": True}
        expected.update({"input_tokens": 120, "output_tokens": 37, **told})
        measured = {name: event.pop(name) for name in ("ttft_ms", "duration_ms")}
        self.assertEqual(event, expected)
        self.assertTrue(50 <= measured["ttft_ms"] <= measured["duration_ms"] < 1_000, measured)

    def test_streams_tell_what_their_providers_tell(self) -> None:
        for name, adapter, chunks, told in STREAMS:
            for form in (lambda value: value, objects):
                with self.subTest(name, form=form):
                    self.events.all.clear()
                    given = [form(chunk) for chunk in chunks]
                    content = 1 if adapter is openai_chat else 2
                    stream = self.call(lambda given=given, at=content: slowly(given, at, 0.06), adapter)
                    self.assertEqual(list(stream), given)
                    self.check(told)

    def test_asynchronous_streams_tell_the_same(self) -> None:
        for name, adapter, chunks, told in STREAMS:
            with self.subTest(name):
                self.events.all.clear()
                content = 1 if adapter is openai_chat else 2

                async def create(chunks: list[Any] = chunks, at: int = content) -> Any:
                    return slowly_async(chunks, at, 0.06)

                async def read(create: Any = create, adapter: AnswerAdapter = adapter) -> list[Any]:
                    return [chunk async for chunk in await self.call(create, adapter)]

                self.assertEqual(asyncio.run(read()), chunks)
                self.check(told)

    def test_a_reader_that_leaves_has_cancelled_unless_the_end_was_told(self) -> None:
        for last, status in ((1, "cancelled"), (3, "ok")):
            self.events.all.clear()
            stream = self.call(lambda: iter(CHAT))
            for index, _ in enumerate(stream):
                if index == last:
                    break
            time.sleep(0.05)
            self.assertEqual(self.events.all, [])
            del stream
            gc.collect()
            self.assertEqual(self.events.only["status"], status)
            # What its reader did after leaving is not the answer's time.
            self.assertLess(self.events.only["duration_ms"], 45)
            self.assertNotIn("output_tokens", self.events.only)

    def test_a_reader_may_go_on_in_another_loop(self) -> None:
        stream = self.call(lambda: iter(CHAT))
        for _ in stream:
            break
        self.assertEqual(len(list(stream)), 4)
        self.assertEqual((self.events.only["status"], self.events.only["output_tokens"]), ("ok", 37))

    def test_close_and_the_end_of_a_with_block_leave(self) -> None:
        for leave in ("close", "with"):
            self.events.all.clear()
            source = _SdkStream(CHAT)
            stream = self.call(lambda source=source: source)
            if leave == "with":
                with stream as entered:
                    self.assertIs(entered, stream)
                    next(iter(stream))
            else:
                next(stream)
                stream.close()
            self.assertTrue(source.is_closed)
            self.assertEqual((self.events.only["status"], self.events.only["error_type"]), ("cancelled", "consumer_left"))

    def test_the_stream_stays_what_it_was(self) -> None:
        source = _SdkStream(CHAT)
        stream = self.call(lambda: source)
        self.assertIsInstance(stream, _SdkStream)
        self.assertEqual(stream.response, "of the SDK")
        stream.note = 5
        self.assertEqual(source.note, 5)  # type: ignore[attr-defined]

    def test_a_stream_that_ends_without_its_mark_was_cut(self) -> None:
        for adapter, chunks in ((openai_chat, CHAT[:3]), (anthropic_messages, MESSAGES[:3]), (openai_responses, RESPONSES[:3])):
            self.events.all.clear()
            list(self.call(lambda chunks=chunks: iter(chunks), adapter))
            self.assertEqual((self.events.only["status"], self.events.only["error_type"]), ("error", "unfinished"))

    def test_an_error_frame_in_a_200_is_an_error(self) -> None:
        list(self.call(lambda: iter([*CHAT[:2], {"error": {"code": "server_error", "message": "engine died"}}])))
        self.assertEqual((self.events.only["status"], self.events.only["error_type"]), ("error", "server_error"))

    def test_what_a_stream_raises_is_raised_and_told(self) -> None:
        def broken() -> Iterator[Any]:
            yield CHAT[1]
            raise ConnectionResetError("gone")

        with self.assertRaises(ConnectionResetError):
            list(self.call(broken))
        self.assertEqual((self.events.only["status"], self.events.only["error_type"]), ("error", "ConnectionResetError"))

    def test_a_cancelled_task_has_cancelled(self) -> None:
        async def create() -> Any:
            return slowly_async(CHAT, 2, 10)

        async def read() -> None:
            async for _ in await self.call(create):
                pass

        async def cancel() -> None:
            task = asyncio.ensure_future(read())
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(cancel())
        self.assertEqual((self.events.only["status"], self.events.only["error_type"]), ("cancelled", "CancelledError"))

    def test_an_adapter_that_fails_disturbs_nothing(self) -> None:
        def tells(part: Any) -> Any:
            raise KeyError(part)

        adapter = generic_answer(tells=tells, has_content=lambda chunk: chunk == "b", is_whole=lambda chunk: chunk == "c")
        self.assertEqual(list(self.call(lambda: iter("abc"), adapter)), ["a", "b", "c"])
        self.assertEqual(self.events.only["status"], "ok")

    def test_a_stream_that_is_there_already(self) -> None:
        started_at = time.perf_counter() - 1
        list(time_stream(iter(CHAT), publisher=self.events, adapter=openai_chat, started_at=started_at))
        self.assertGreaterEqual(self.events.only["ttft_ms"], 1_000)


class _SdkStream:
    response = "of the SDK"

    def __init__(self, chunks: list[Any]) -> None:
        self._chunks = iter(chunks)
        self.is_closed = False

    def __iter__(self) -> Iterator[Any]:
        return self._chunks

    def __next__(self) -> Any:
        return next(self._chunks)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        self.is_closed = True


class WholeAnswerTest(unittest.TestCase):
    def test_whole_answers_tell_the_same_without_a_first_token(self) -> None:
        chat = {
            "model": "served",
            "system_fingerprint": "fp_1",
            "choices": [{"index": 0, "message": {"content": "a"}, "finish_reason": "stop"}],
            "usage": USAGE,
        }
        message = {**MESSAGES[0]["message"], "type": "message", "stop_reason": "refusal", "content": []}
        cases: list[tuple[AnswerAdapter, Any, dict[str, Any]]] = [
            (openai_chat, chat, {"status": "ok", "system_fingerprint": "fp_1", "cached_input_tokens": 100}),
            (openai_responses, RESPONSE, {"status": "ok", "tool_calls": 1, "reasoning_tokens": 5}),
            (anthropic_messages, message, {"status": "content_filtered", "input_tokens": 120, "output_tokens": 1}),
        ]
        for adapter, answer, told in cases:
            for form in (lambda value: value, objects):
                events = Events()
                given = form(answer)
                self.assertIs(time_call(lambda given=given: given, publisher=events, adapter=adapter), given)
                event = events.only
                self.assertEqual({name: event[name] for name in told}, told)
                self.assertEqual((event["model_served"], event["streaming"], event["ttft_ms"]), ("served", False, None))

    def test_answers_that_were_withheld_say_by_whom(self) -> None:
        incomplete = {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}, "output": []}
        guarded = generic_answer(tells=lambda answer: {"finish_reason": "guardrail_intervened"})
        cases: list[tuple[AnswerAdapter, Any, str]] = [
            (openai_chat, {"choices": [{"index": 0, "message": {}, "finish_reason": "content_filter"}]}, "provider"),
            (anthropic_messages, {"type": "message", "stop_reason": "refusal", "content": []}, "provider"),
            (openai_responses, incomplete, "provider"),
            (guarded, {}, "guardrail"),
        ]
        for adapter, answer, refused_by in cases:
            with self.subTest(refused_by=refused_by, answer=answer):
                events = Events()
                time_call(lambda answer=answer: answer, publisher=events, adapter=adapter)
                self.assertEqual(
                    (events.only["status"], events.only["refused_by"]), ("content_filtered", refused_by)
                )

    def test_a_part_that_exceeds_its_whole_is_not_known(self) -> None:
        usage = {"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 6}}
        events = Events()
        time_call(lambda: {"choices": [], "usage": usage}, publisher=events, adapter=openai_chat)
        self.assertEqual(events.only["input_tokens"], 5)
        self.assertIsNone(events.only["cached_input_tokens"])
        self.assertNotIn("output_tokens", events.only)

    def test_a_response_that_is_read_elsewhere_is_judged_by_its_headers(self) -> None:
        events = Events()
        response = SimpleNamespace(status_code=429, headers={"retry-after": "2"})
        time_call(lambda: response, publisher=events, adapter=openai_chat)
        self.assertEqual((events.only["status"], events.only["measures"]), ("rate_limited", {"retry_after_ms": 2_000}))

    def test_a_response_whose_parts_raise_is_given_back(self) -> None:
        class Response:
            def __init__(self) -> None:
                self.status_code = 500
                self.headers: dict[str, str] = {}

            @property
            def url(self) -> str:
                raise RuntimeError("no request was made")

        events = Events()
        response = Response()
        self.assertIs(time_call(lambda: response, publisher=events, adapter=openai_chat), response)
        self.assertEqual(events.only["status"], "error")

    def test_what_reads_its_answer_unseen_leaves_no_event(self) -> None:
        class Manager:
            def __enter__(self) -> None: ...
            def __exit__(self, *_exception: object) -> None: ...

        events = Events()
        with self.assertLogs("burnline", "WARNING"):
            time_call(Manager, publisher=events, adapter=openai_chat)
        self.assertEqual(events.all, [])


class TimedTest(unittest.TestCase):
    def test_a_block_says_what_it_knows(self) -> None:
        events = Events()
        with timed(publisher=events, event={"model_requested": "m"}) as call:
            time.sleep(0.02)
            call.content()
            call.tell(output_tokens=3, finish_reason="stop")
            call.content()
        event = events.only
        self.assertTrue(20 <= event["ttft_ms"] <= event["duration_ms"])
        self.assertEqual((event["status"], event["output_tokens"], event["streaming"]), ("ok", 3, True))

    def test_an_exception_is_how_it_ended_and_goes_on(self) -> None:
        events = Events()
        with self.assertRaises(TimeoutError), timed(publisher=events, event={"model_requested": "m"}):
            raise TimeoutError
        self.assertEqual((events.only["status"], events.only["ttft_ms"]), ("timeout", None))


def _error(name: str, *bases: type, **fields: Any) -> BaseException:
    error: BaseException = type(name, bases or (Exception,), {})("a message with spaces")
    for field, value in fields.items():
        setattr(error, field, value)
    return error


def _caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


class FailureTest(unittest.TestCase):
    def test_failures_are_told_by_name_code_and_status(self) -> None:
        limited = SimpleNamespace(status_code=429, headers={"retry-after-ms": "250", "retry-after": "9"})
        cases: list[tuple[Any, tuple[Any, ...]]] = [
            (
                _error("RateLimitError", status_code=429, code="rate_limit_exceeded", response=limited),
                ("rate_limited", "rate_limit_exceeded", 429, 250.0),
            ),
            (
                _error("APIStatusError", status_code=529, body={"error": {"type": "overloaded_error"}}),
                ("error", "overloaded_error", 529, None),
            ),
            (
                _error("BadRequestError", status_code=400, code="content_filter"),
                ("content_filtered", "content_filter", 400, None),
            ),
            (_error("APITimeoutError"), ("timeout", "APITimeoutError", 0, None)),
            (
                _caused(_error("Wrapped"), _error("ReadTimeout", type("TimeoutException", (Exception,), {}))),
                ("timeout", "ReadTimeout", 0, None),
            ),
            (_error("Gateway", response=SimpleNamespace(status_code=504)), ("timeout", "Gateway", 504, None)),
            (asyncio.CancelledError(), ("cancelled", "CancelledError", 0, None)),
            (KeyboardInterrupt(), ("cancelled", "KeyboardInterrupt", 0, None)),
            (json.JSONDecodeError("m", "d", 0), ("malformed", "JSONDecodeError", 0, None)),
            (Exception("no name of its own"), ("error", "_OTHER", 0, None)),
            ({"code": 429, "message": "slow down"}, ("rate_limited", "_OTHER", 429, None)),
            ({"error": {"type": "rate_limit_error"}}, ("rate_limited", "rate_limit_error", 0, None)),
            ("a text", ("error", "_OTHER", 0, None)),
            (None, ("error", "_OTHER", 0, None)),
        ]
        for error, expected in cases:
            with self.subTest(repr(error)):
                self.assertEqual(tuple(classify_failure(error))[:4], expected)

    def test_failures_say_who_refused(self) -> None:
        def limited(url: str) -> BaseException:
            return _error("RateLimitError", status_code=429, response=SimpleNamespace(status_code=429, url=url))

        cases: list[tuple[Any, str]] = [
            (_error("BadRequestError", status_code=400, code="content_filter"), "provider"),
            (limited("https://api.openai.com/v1/chat/completions"), "provider"),
            (limited("https://x.openai.azure.com/"), "provider"),
            (limited("https://llm.internal/v1"), "none"),
            (limited("https://notopenai.com/"), "none"),
            (_error("RateLimitError", status_code=429), "none"),
            (_error("BudgetExceededError"), "budget"),
            ({"error": {"type": "budget_exceeded", "code": "400"}}, "budget"),
            (_error("InternalServerError", status_code=500, url="https://api.openai.com/"), "none"),
        ]
        for error, refused_by in cases:
            with self.subTest(repr(error)):
                self.assertEqual(classify_failure(error).refused_by, refused_by)
        events, failure = Events(), limited("https://api.openai.com/v1")
        with self.assertRaises(type(failure)), timed(publisher=events, event={"model_requested": "m"}):
            raise failure
        self.assertEqual((events.only["status"], events.only["refused_by"]), ("rate_limited", "provider"))

    def test_circles_end(self) -> None:
        one, other = _error("One"), _error("Other")
        one.__cause__, other.__cause__ = other, one
        self.assertEqual(classify_failure(one).error_type, "One")

    def test_a_date_is_a_wait(self) -> None:
        headers = {"retry-after": formatdate(time.time() + 30, usegmt=True)}
        wait_ms = classify_failure({"status": 429, "headers": headers}).retry_after_ms
        self.assertTrue(wait_ms is not None and 28_000 < wait_ms <= 30_000)


if __name__ == "__main__":
    unittest.main()
