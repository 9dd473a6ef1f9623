"""OpenAI's chat completions and everything that speaks like them (Azure, vLLM, LiteLLM, OpenRouter, DeepSeek ...).

Tokens come with the last chunk if the request says ``stream_options={"include_usage": True}``, else they are not known.
``prompt_tokens`` includes cached ones, as ``input_tokens`` does.
"""

from typing import Any, Optional

from ..call_failure import classify_failure
from .adapter import AnswerAdapter, Ending, Reading
from .structure import count, part, parts, stated_text, text

#: ``reasoning_content`` and ``reasoning`` are what several servers call thoughts, ``text`` is the older completions API's.
_TEXTS = ("content", "reasoning_content", "reasoning", "refusal", "text")


class _ChatReader:
    def __init__(self) -> None:
        #: By index: whether the choice has ended.
        self._choices: dict[Any, bool] = {}
        self._tool_calls: set[str] = set()

    def chunk(self, chunk: Any) -> Reading:
        return self._read(chunk, "delta")

    def answer(self, answer: Any) -> Reading:
        return self._read(answer, "message")

    def _read(self, chunk: Any, part_name: str) -> Reading:
        if part(chunk, "error") is not None:
            return Reading(ending=classify_failure(chunk))
        has_content = False
        finish_reason: Optional[str] = None
        for choice in parts(part(chunk, "choices")):
            message = part(choice, part_name) or choice
            has_content = _carries_content(message) or has_content
            for position, call in enumerate(parts(part(message, "tool_calls"))):
                index = count(part(call, "index"))
                self._tool_calls.add(f"{count(part(choice, 'index')) or 0}/{position if index is None else index}")
            finished = stated_text(part(choice, "finish_reason"))
            index = count(part(choice, "index"))
            self._choices[index] = finished is not None or self._choices.get(index, False)
            finish_reason = finish_reason or finished
        told = {
            "model_served": stated_text(part(chunk, "model")),
            "system_fingerprint": stated_text(part(chunk, "system_fingerprint")),
            "service_tier": stated_text(part(chunk, "service_tier")),
            "finish_reason": finish_reason,
            "tool_calls": len(self._tool_calls) or None,
            **_tokens_of(part(chunk, "usage")),
        }
        ending: Optional[Ending] = None
        if finish_reason == "error":
            ending = classify_failure({"code": "finish_error"})
        elif self._choices:
            # Of several choices one may end before another has begun.
            ending = "whole" if all(self._choices.values()) else "open"
        return Reading(has_content, told, ending)


def _carries_content(message: Any) -> bool:
    if any(text(part(message, name)) != "" for name in _TEXTS):
        return True
    if parts(part(message, "tool_calls")) or parts(part(message, "content")):
        return True
    return part(message, "function_call") is not None or part(message, "audio") is not None


def _tokens_of(usage: Any) -> dict[str, Any]:
    prompt = part(usage, "prompt_tokens_details")
    return {
        "input_tokens": count(part(usage, "prompt_tokens")),
        "cached_input_tokens": count(part(prompt, "cached_tokens")),
        # Of servers that tell it; OpenAI itself writes its cache for nothing.
        "cache_write_input_tokens": count(part(prompt, "cache_write_tokens")),
        "output_tokens": count(part(usage, "completion_tokens")),
        "reasoning_tokens": count(part(part(usage, "completion_tokens_details"), "reasoning_tokens")),
    }


openai_chat = AnswerAdapter(marks_end=True, read=_ChatReader)
