"""Which events of a sampled stream are kept. The TypeScript publisher decides alike, so that all attempts of one request are
kept or left out together, whoever reports them."""

import uuid
import zlib
from collections.abc import Mapping
from typing import Any

_VALUES = 1 << 32
#: One event kept of a million: who samples harder than that has mistaken the option.
ONE_IN_MAX = 1_000_000


def is_kept(event: Mapping[str, Any], one_in: int) -> bool:
    """Whether an event that has its id is one of those that are kept, 1 of ``one_in``: by its request, else its trace, else itself."""
    return one_in <= 1 or sample_number(_key_of(event)) * one_in < _VALUES


def sample_number(key: str) -> int:
    """CRC-32 of the UTF-16 code units, mixed by MurmurHash3's finalizer: evenly spread over keys however alike they are."""
    number = zlib.crc32(key.encode("utf-16-le", "surrogatepass"))
    number = ((number ^ number >> 16) * 0x85EBCA6B) & 0xFFFF_FFFF
    number = ((number ^ number >> 13) * 0xC2B2AE35) & 0xFFFF_FFFF
    return number ^ number >> 16


def _key_of(event: Mapping[str, Any]) -> str:
    key = event.get("request_id") or event.get("trace_id")
    if key:
        return str(key)
    event_id = event.get("event_id")
    return str(uuid.UUID(bytes=event_id)) if isinstance(event_id, bytes) else str(event_id).lower()
