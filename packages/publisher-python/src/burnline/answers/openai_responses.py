"""OpenAI's Responses API. ``finish_reason`` is the response's status, or why it is incomplete."""

from typing import Any, Optional

from ..call_failure import classify_failure
from .adapter import AnswerAdapter, Ending, Reading
from .structure import count, part, parts, stated_text, text

_OVER = frozenset(("completed", "incomplete", "failed", "cancelled"))


class _ResponsesReader:
    def __init__(self) -> None:
        self._tool_calls = 0

    def chunk(self, chunk: Any) -> Reading:
        kind = text(part(chunk, "type"))
        error = part(chunk, "error")
        if kind == "error" or (kind == "" and error is not None):
            named = {name: part(chunk, name) for name in ("code", "status")}
            return Reading(ending=classify_failure(error if error is not None else named))
        if kind == "response.output_item.added":
            is_call = _is_tool_call(part(chunk, "item"))
            self._tool_calls += is_call
            return Reading(is_call, {"tool_calls": self._tool_calls} if is_call else None)
        # Text, reasoning, refusals, arguments, audio: whatever the model makes comes in deltas.
        if kind.endswith(".delta"):
            return Reading(has_content=True)
        response = part(chunk, "response")
        return Reading() if response is None else _read_response(response)

    def answer(self, answer: Any) -> Reading:
        reading = _read_response(answer)
        calls = sum(_is_tool_call(item) for item in parts(part(answer, "output")))
        return reading._replace(told={**(reading.told or {}), "tool_calls": calls or None})


def _is_tool_call(item: Any) -> bool:
    return text(part(item, "type")).endswith("_call")


def _read_response(response: Any) -> Reading:
    status = text(part(response, "status"))
    reason = stated_text(part(part(response, "incomplete_details"), "reason"))
    is_over = status in _OVER
    told: dict[str, Any] = {
        "model_served": stated_text(part(response, "model")),
        "service_tier": stated_text(part(response, "service_tier")),
        "reasoning_level": stated_text(part(part(response, "reasoning"), "effort")),
        "finish_reason": (reason or status) if is_over else None,
        **_tokens_of(part(response, "usage")),
    }
    ending: Optional[Ending] = "whole" if is_over else None
    error = part(response, "error")
    if status == "failed" or error is not None:
        ending = classify_failure({"error": error if error is not None else {"code": "response_failed"}})
    elif status == "cancelled":
        ending = "aborted"
    return Reading(False, told, ending)


def _tokens_of(usage: Any) -> dict[str, Any]:
    return {
        "input_tokens": count(part(usage, "input_tokens")),
        "cached_input_tokens": count(part(part(usage, "input_tokens_details"), "cached_tokens")),
        "output_tokens": count(part(usage, "output_tokens")),
        "reasoning_tokens": count(part(part(usage, "output_tokens_details"), "reasoning_tokens")),
    }


openai_responses = AnswerAdapter(marks_end=True, read=_ResponsesReader)
