"""What an error says of the inference that it ended, by names, codes and statuses; never by its message."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Optional
from urllib.parse import urlsplit

from .answers.structure import part, parts, text
from .collector_client import seconds_of_retry_after
from .refusal_words import PROVIDER_HOST


class CallFailure(NamedTuple):
    #: A status of events that is not ``ok``.
    status: str
    #: Low cardinality: a code or a class name, never a message.
    error_type: str
    #: 0 when the error has none.
    http_status: int = 0
    #: How long the provider asks to wait, milliseconds. None: it did not ask.
    retry_after_ms: Optional[float] = None
    #: ``provider``: its filter, or a limit that was met at its own address, where the error says which that was.
    refused_by: str = "none"


#: ``timeout`` is socket's before Python 3.10; ``TimeoutException`` is httpx's base class, ``Timeout`` that of requests.
_TIMEOUTS = frozenset(("TimeoutError", "timeout", "APITimeoutError", "TimeoutException", "Timeout", "ETIMEDOUT", "timeout_error"))
_ABORTS = frozenset(
    ("CancelledError", "Cancelled", "KeyboardInterrupt", "SystemExit", "GeneratorExit", "GreenletExit", "request_cancelled")
)
#: Providers that begin to answer with 200 tell a limit by its name alone.
_LIMITS = frozenset(("rate_limit_error", "rate_limit_exceeded", "too_many_requests"))
_FILTERS = frozenset(
    (
        "content_filter",
        "content_policy_violation",
        "ResponsibleAIPolicyViolation",
        "ContentFilterFinishReasonError",
        "ContentPolicyViolationError",
    )
)
#: A limit on spending, of LiteLLM and its proxy.
_BUDGETS = frozenset(("BudgetExceededError", "budget_exceeded"))
#: An answer came, and it is not what was agreed.
_MALFORMED = frozenset(("JSONDecodeError", "APIResponseValidationError", "ValidationError"))
#: Names that every error has, or that say no more than that it is one.
_EMPTY_NAMES = frozenset(("Exception", "BaseException", "Error", "error", "object"))
_HTTP_TOO_MANY_REQUESTS = 429
_HTTP_TIMEOUTS = frozenset((408, 504))
#: SDKs hide what happened one cause down, retries one more. The bound guards against circles.
_CAUSES_MAX = 6
#: A code is a word; what is longer, or has spaces, is a message, and would make a series of its own.
_CODE = re.compile(r"[\w.:-]{1,64}", re.ASCII)


def classify_failure(error: Any) -> CallFailure:
    """Reads an error, its causes and the provider's own error in it. Whatever is raised gets an answer: the last resort is
    ``error`` of the type ``_OTHER``."""
    chain = _causes_of(error)
    names = [name for one in chain for name in _names_of(one)]
    kinds = frozenset(names).union(*map(_classes_of, chain))
    http_status = next(filter(None, map(_http_status_of, chain)), 0)
    telling = next((name for one in chain for name in _telling_names_of(one)), None)
    code = next(filter(None, map(_code_of, chain)), None)
    status = _status_of(kinds, http_status)
    return CallFailure(
        status,
        telling or code or (names[0] if names else "_OTHER"),
        http_status,
        next((wait for wait in map(_retry_after_ms_of, chain) if wait is not None), None),
        _refuser_of(status, kinds, chain),
    )


def _status_of(kinds: "frozenset[str]", http_status: int) -> str:
    if kinds & _FILTERS:
        return "content_filtered"
    if kinds & _BUDGETS:
        return "rate_limited"
    if http_status == _HTTP_TOO_MANY_REQUESTS or (http_status == 0 and kinds & _LIMITS):
        return "rate_limited"
    if http_status in _HTTP_TIMEOUTS or kinds & _TIMEOUTS:
        return "timeout"
    if kinds & _ABORTS:
        return "cancelled"
    if kinds & _MALFORMED:
        return "malformed"
    return "error"


def _refuser_of(status: str, kinds: "frozenset[str]", chain: list[Any]) -> str:
    if status == "content_filtered":
        return "provider"
    if status != "rate_limited":
        return "none"
    if kinds & _BUDGETS:
        return "budget"
    return "provider" if any(PROVIDER_HOST.search(_host_of(one)) for one in chain) else "none"


def _host_of(error: Any) -> str:
    """Where the request went, empty where the error does not say: SDKs keep the answer, the request or its address."""
    for place in (error, part(error, "response"), part(error, "request")):
        url = part(place, "url")
        try:
            host = None if url is None else urlsplit(str(url)).hostname
        except Exception:
            continue
        if host:
            return host
    return ""


def _causes_of(error: Any) -> list[Any]:
    """The error, what it wraps and what the provider said in it, outermost first."""
    chain: list[Any] = []
    waiting = [error]
    while waiting and len(chain) < _CAUSES_MAX:
        current = waiting.pop(0)
        is_readable = isinstance(current, (BaseException, Mapping)) or hasattr(current, "__dict__")
        if not is_readable or any(current is one for one in chain):
            continue
        chain.append(current)
        # ``body``: what the provider answered with; ``last_error``: of several attempts; ``exceptions``: of a group.
        waiting += [part(current, name) for name in ("__cause__", "last_error", "error", "body")]
        waiting += parts(part(current, "exceptions"))
    return chain


def _names_of(error: Any) -> Iterable[str]:
    """A code before a class: the more particular one first."""
    return filter(None, (_code_of(error), _word_of(part(error, "type")), _class_of(error)))


def _telling_names_of(error: Any) -> Iterable[str]:
    """A time-out or an abort is told by its own class, which may be a particular one of those that are known."""
    named = [name for name in (_code_of(error),) if name in _TIMEOUTS or name in _ABORTS]
    is_known = bool(_classes_of(error) & (_TIMEOUTS | _ABORTS))
    return [*named, _class_of(error)] if is_known else named


def _code_of(error: Any) -> str:
    return _word_of(part(error, "code")) or _word_of(part(error, "type"))


def _class_of(error: Any) -> str:
    return "" if isinstance(error, Mapping) else _word_of(type(error).__name__)


def _classes_of(error: Any) -> "frozenset[str]":
    if isinstance(error, Mapping):
        return frozenset()
    return frozenset(one.__name__ for one in type(error).__mro__)


def _word_of(value: Any) -> str:
    word = text(value)
    return word if _CODE.fullmatch(word) and word not in _EMPTY_NAMES else ""


def _http_status_of(error: Any) -> int:
    response = part(error, "response")
    candidates = (
        part(error, "status_code"),
        part(error, "status"),
        part(response, "status_code"),
        part(response, "status"),
        # Gateways that have begun to answer put the status into the error's code.
        part(error, "code"),
    )
    for status in candidates:
        if isinstance(status, int) and not isinstance(status, bool) and 100 <= status <= 599:
            return int(status)
    return 0


def _retry_after_ms_of(error: Any) -> Optional[float]:
    headers = part(error, "headers")
    if headers is None:
        headers = part(part(error, "response"), "headers")
    try:
        exact_ms = float(_header_of(headers, "retry-after-ms") or "nan")
    except ValueError:
        exact_ms = float("nan")
    if 0 <= exact_ms < float("inf"):
        return exact_ms
    seconds = seconds_of_retry_after(_header_of(headers, "retry-after"))
    return None if seconds is None else seconds * 1_000


def _header_of(headers: Any, name: str) -> Optional[str]:
    get = getattr(headers, "get", None)
    try:
        found = get(name) if callable(get) else None
    except Exception:
        return None
    return found if isinstance(found, str) else None
