"""Records as JSON. What they may hold is the collector's to judge; here falls what could not be sent at all."""

import difflib
import json
import time
import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Optional, Union

from .delivery import EventInvalidError
from .event_fields import INFERENCE_FIELD_NAMES, VERDICT_FIELD_NAMES
from .event_ids import new_event_id
from .options import RECORD_BYTES_MAX
from .sampling import is_kept

_ID_BYTES = 16


def encode_event(event: Mapping[str, Any], service: str, environment: str, sample_one_in: int = 1) -> Optional[str]:
    """A whole event; None: sampling leaves it out. Raises EventInvalidError, or what reading the service's own objects raises."""
    record = _own_copy(event, INFERENCE_FIELD_NAMES)
    if record.get("occurred_at") is None:
        record["occurred_at"] = time.time_ns() // 1_000
    if sample_one_in > 1:
        if record.get("event_id") is None:
            record["event_id"] = new_event_id()
        if not is_kept(record, sample_one_in):
            return None
        weight = record.get("sample_weight")
        record["sample_weight"] = sample_one_in if weight is None else _plain_number(weight) * sample_one_in
    return _encode(record, service, environment)


def encode_verdict(verdict: Mapping[str, Any], service: str, environment: str) -> str:
    """A whole verdict, by the same rules."""
    record = _own_copy(verdict, VERDICT_FIELD_NAMES)
    if record.get("judged_at") is None:
        now_us = time.time_ns() // 1_000
        judged = record.get("inference_at")
        # A clock that is behind that of the inference's service would contradict it.
        record["judged_at"] = max(now_us, _plain(judged) if isinstance(judged, datetime) else _int_or_zero(judged))
    return _encode(record, service, environment)


def _own_copy(given: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise EventInvalidError(f"expected a mapping of fields by name, found {type(given).__name__}")
    record = dict(given)
    if not names.issuperset(record):
        raise EventInvalidError(_unknown(record, names))
    return record


def _encode(record: dict[str, Any], service: str, environment: str) -> str:
    if record.get("event_id") is None:
        record["event_id"] = new_event_id()
    if record.get("service") is None:
        record["service"] = service
    if record.get("environment") is None:
        record["environment"] = environment
    try:
        text = _JSON.encode(record)
    except (TypeError, ValueError, RecursionError) as error:
        raise EventInvalidError(f"not JSON: {error}") from error
    if len(text) > RECORD_BYTES_MAX:
        limit = f"more than {RECORD_BYTES_MAX}; send lengths and hashes of texts, not the texts"
        raise EventInvalidError(f"the record takes {len(text)} bytes, {limit}")
    return text


def _unknown(record: dict[str, Any], names: frozenset[str]) -> str:
    faults = []
    for name in sorted(map(str, record.keys() - names)):
        near = difflib.get_close_matches(name, names, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        faults.append(f"{name[:64]}: expected no such field{hint}")
    return ", ".join(faults[:32])


def _int_or_zero(value: object) -> int:
    return value if isinstance(value, int) else 0


def _plain_number(value: Any) -> Union[int, float]:
    plain = value if isinstance(value, (int, float)) else _plain(value)
    if isinstance(plain, (int, float)):
        return plain
    raise EventInvalidError(f"sample_weight: expected a number, found {type(value).__name__}")


def _plain(value: Any) -> Any:
    """What JSON has no form for: ids, times, enumerations, numbers of numpy and the like."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise EventInvalidError("a time without a zone means something else on every machine")
        return _epoch_us(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes) and len(value) == _ID_BYTES:
        return str(uuid.UUID(bytes=value))
    if isinstance(value, Mapping):
        return dict(value)
    item = getattr(value, "item", None)
    plain = item() if callable(item) else None
    if isinstance(plain, (int, float, str)):
        return plain
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _epoch_us(value: datetime) -> int:
    """In integers: seconds as a float have no room for microseconds."""
    since = value - datetime.fromtimestamp(0, value.tzinfo)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True, allow_nan=False, check_circular=False, default=_plain)
