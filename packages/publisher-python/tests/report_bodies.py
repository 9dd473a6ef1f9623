"""Reads bodies of source reports: by the Avro specification, and by nothing of the encoder."""

from __future__ import annotations

import struct
from typing import Any


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        self.at += size
        return self._data[self.at - size : self.at]

    def long(self) -> int:
        shift = value = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)

    def text(self) -> str:
        return self.take(self.long()).decode()

    def counts(self) -> dict[str, int]:
        counts = {}
        while (size := self.long()) > 0:
            counts.update({self.text(): self.long() for _ in range(size)})
        return counts


def read_reports(body: bytes) -> list[dict[str, Any]]:
    """The reports of a body of one frame."""
    reader = _Reader(body)
    reader.take(reader.take(1)[0])
    _partition, size = struct.unpack(">II", reader.take(8))
    assert size == len(body) - reader.at
    assert reader.take(5) == b"\0\0\0\0\3"
    reports = []
    while (count := reader.long()) > 0:
        for _ in range(count):
            texts = {name: reader.text() for name in ("instance", "service", "environment")}
            times = {name: reader.long() for name in ("interval_start", "interval_end")}
            is_final = reader.take(1) == b"\1"
            counts = {name: reader.long() for name in ("emitted_count", "acknowledged_count", "retried_count")}
            reports.append({**texts, **times, "is_final": is_final, **counts, "dropped_by_reason": reader.counts()})
    assert reader.at == len(body)
    return reports
