"""Anthropic's Messages API. Its ``input_tokens`` leaves out what was read from the cache or written to it; the event's
``input_tokens`` is the sum of all three."""

from typing import Any

from ..call_failure import classify_failure
from .adapter import AnswerAdapter, Reading
from .structure import count, part, parts, stated, stated_text, text

_USAGE = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens", "service_tier")


class _MessagesReader:
    def __init__(self) -> None:
        #: Counts by name, as told so far: a later event repeats some of them and leaves others out.
        self._usage: dict[str, Any] = {}
        self._tool_calls = 0

    def chunk(self, chunk: Any) -> Reading:
        kind = text(part(chunk, "type"))
        if kind == "message_start":
            return self._begin(part(chunk, "message"))
        if kind == "content_block_start":
            block = part(chunk, "content_block")
            self._tool_calls += _is_tool_use(block)
            return Reading(_begins_content(block), {"tool_calls": self._tool_calls or None})
        if kind == "content_block_delta":
            delta = part(chunk, "delta")
            return Reading(any(text(part(delta, name)) != "" for name in ("text", "thinking", "partial_json")))
        if kind == "message_delta":
            self._usage = {**self._usage, **stated(_usage_of(part(chunk, "usage")))}
            return _end_of(part(chunk, "delta"), self._usage)
        if kind == "error":
            return Reading(ending=classify_failure({"error": part(chunk, "error")}))
        return Reading(ending="whole" if kind == "message_stop" else None)

    def _begin(self, message: Any) -> Reading:
        # The output of a message that begins is not its output: it is left out until the end tells it.
        self._usage = {**_usage_of(part(message, "usage")), "output_tokens": None}
        return Reading(told={"model_served": stated_text(part(message, "model")), **_tokens_of(self._usage)})

    def answer(self, answer: Any) -> Reading:
        if text(part(answer, "type")) == "error":
            return Reading(ending=classify_failure({"error": part(answer, "error")}))
        reading = _end_of(answer, _usage_of(part(answer, "usage")))
        calls = sum(_is_tool_use(block) for block in parts(part(answer, "content")))
        served = {"model_served": stated_text(part(answer, "model")), "tool_calls": calls or None}
        return reading._replace(told={**(reading.told or {}), **served})


def _end_of(end: Any, usage: dict[str, Any]) -> Reading:
    finish_reason = stated_text(part(end, "stop_reason"))
    told = {"finish_reason": finish_reason, **_tokens_of(usage)}
    return Reading(False, told, None if finish_reason is None else "whole")


def _is_tool_use(block: Any) -> bool:
    return text(part(block, "type")).endswith("tool_use")


def _begins_content(block: Any) -> bool:
    """Blocks of text and thoughts begin empty; calls and thoughts that are hidden are there from the first."""
    if _is_tool_use(block) or text(part(block, "type")) == "redacted_thinking":
        return True
    return text(part(block, "text")) != "" or text(part(block, "thinking")) != ""


def _usage_of(usage: Any) -> dict[str, Any]:
    found = {name: part(usage, name) for name in _USAGE}
    return {**found, "thinking_tokens": part(part(usage, "output_tokens_details"), "thinking_tokens")}


def _tokens_of(usage: dict[str, Any]) -> dict[str, Any]:
    fresh = count(usage.get("input_tokens"))
    cached = count(usage.get("cache_read_input_tokens"))
    written = count(usage.get("cache_creation_input_tokens"))
    is_known = fresh is not None
    return {
        "input_tokens": None if fresh is None else fresh + (cached or 0) + (written or 0),
        "cached_input_tokens": cached if is_known else None,
        "cache_write_input_tokens": written if is_known else None,
        "output_tokens": count(usage.get("output_tokens")),
        "reasoning_tokens": count(usage.get("thinking_tokens")),
        "service_tier": stated_text(usage.get("service_tier")),
    }


anthropic_messages = AnswerAdapter(marks_end=True, read=_MessagesReader)
