"""What a publisher says of itself every few seconds, so that silence is told from rest and losses are seen.

Only ``POST /v1/batches`` takes source reports, as frames of Avro: the schema ``source-report.v1.avsc`` is written here by hand,
and a test holds its bytes against those of the TypeScript encoder.
"""

import hashlib
import struct
import time
from typing import Callable, NamedTuple

from .counters import Counters

BATCHES_PATH = "/v1/batches"
BATCHES_CONTENT_TYPE = "application/vnd.burnline.batches"
#: Of source-report.v1.avsc in packages/contracts/schemas/schema-table.json.
_SCHEMA_ID = 3
#: As many records as a message may hold.
REPORTS_PER_MESSAGE_MAX = 100


class Source(NamedTuple):
    instance: str
    service: str
    environment: str


class SourceReport(NamedTuple):
    """What happened since the report before. Times are epoch microseconds."""

    source: Source
    interval_start: int
    interval_end: int
    is_final: bool
    emitted_count: int
    acknowledged_count: int
    retried_count: int
    #: Counts by reason, of those that are not zero.
    dropped_by_reason: "dict[str, int]"


def encode_report(report: SourceReport) -> bytes:
    """The report as an Avro datum."""
    dropped = report.dropped_by_reason
    parts = [*map(_text, report.source), _long(report.interval_start), _long(report.interval_end)]
    parts.append(b"\x01" if report.is_final else b"\x00")
    parts += map(_long, (report.emitted_count, report.acknowledged_count, report.retried_count))
    if dropped:
        parts.append(_long(len(dropped)))
        parts += (part for reason, count in dropped.items() for part in (_text(reason), _long(count)))
    return b"".join(parts) + b"\x00"


def frame_reports(stream: str, instance: str, datums: "list[bytes]") -> bytes:
    """A body of ``POST /v1/batches`` with one message of these reports, in order."""
    message = struct.pack(">BI", 0, _SCHEMA_ID) + _long(len(datums)) + b"".join(datums) + b"\x00"
    topic = f"burnline.{stream}.reports".encode()
    return struct.pack(">B", len(topic)) + topic + struct.pack(">II", _place_of(instance), len(message)) + message


def _place_of(instance: str) -> int:
    """Any partition will do, the collector takes the remainder: reports of an instance share one, and stay in order."""
    return int.from_bytes(hashlib.sha256(instance.encode("utf-8", "replace")).digest()[:4], "big") & 0x7FFF_FFFF


class Reporter:
    """Makes reports of the counts since the last one that was taken."""

    def __init__(self, source: Source, counters: Callable[[], Counters]) -> None:
        self._source = source
        self._counters = counters
        self._start_us = _now_us()
        self._before = counters()

    def report(self, is_final: bool) -> SourceReport:
        end_us = max(self._start_us, _now_us())
        before, after = self._before, self._counters()
        dropped = {
            reason: count - before.dropped_by_reason[reason]
            for reason, count in after.dropped_by_reason.items()
            if count > before.dropped_by_reason[reason]
        }
        report = SourceReport(
            self._source,
            self._start_us,
            end_us,
            is_final,
            after.emitted - before.emitted,
            after.acknowledged - before.acknowledged,
            after.retried - before.retried,
            dropped,
        )
        self._start_us, self._before = end_us, after
        return report


def _now_us() -> int:
    return time.time_ns() // 1_000


def _long(value: int) -> bytes:
    """Avro's zigzag varint."""
    rest = value << 1 if value >= 0 else (-value << 1) - 1
    encoded = bytearray()
    while rest > 0x7F:
        encoded.append(rest & 0x7F | 0x80)
        rest >>= 7
    encoded.append(rest)
    return bytes(encoded)


def _text(value: str) -> bytes:
    encoded = value.encode("utf-8", "replace")
    return _long(len(encoded)) + encoded
