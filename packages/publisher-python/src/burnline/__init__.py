"""What a service imports to emit inference events to Burnline."""

from .answers.adapter import AnswerAdapter, AnswerReader, Reading
from .answers.anthropic_messages import anthropic_messages
from .answers.generic_answer import generic_answer
from .answers.openai_chat import openai_chat
from .answers.openai_responses import openai_responses
from .call_failure import CallFailure, classify_failure
from .counters import DROP_REASONS, Counters, DropNotice, RetryNotice
from .delivery import EventInvalidError
from .event_fields import EvalVerdict, EventContext, InferenceEvent, InlineVerdict
from .options import PublisherOptions, PublisherOptionsError, RetryOptions
from .publisher import Publisher
from .time_call import time_call, time_stream, timed

__all__ = [
    "DROP_REASONS",
    "AnswerAdapter",
    "AnswerReader",
    "CallFailure",
    "Counters",
    "DropNotice",
    "EvalVerdict",
    "EventContext",
    "EventInvalidError",
    "InferenceEvent",
    "InlineVerdict",
    "Publisher",
    "PublisherOptions",
    "PublisherOptionsError",
    "Reading",
    "RetryNotice",
    "RetryOptions",
    "anthropic_messages",
    "classify_failure",
    "generic_answer",
    "openai_chat",
    "openai_responses",
    "time_call",
    "time_stream",
    "timed",
]
