"""Ids of events: made when an event is emitted, so that sending it again makes a repeat and no second event."""

import os
import time

_VERSION_7 = 0x7 << 76
_VARIANT_RFC = 0b10 << 62
_RANDOM_BITS_A = 0xFFF << 64
_RANDOM_BITS_B = (1 << 62) - 1


def new_event_id() -> str:
    """A UUID of version 7 (RFC 9562) as text: 48 bits of epoch milliseconds and 74 random ones."""
    random = int.from_bytes(os.urandom(10), "big")
    number = (time.time_ns() // 1_000_000 & 0xFFFF_FFFF_FFFF) << 80
    number |= _VERSION_7 | random & _RANDOM_BITS_A | _VARIANT_RFC | random & _RANDOM_BITS_B
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
