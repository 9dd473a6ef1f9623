"""What a publisher may be told, with its bounds."""

import re
import ssl
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional

from .counters import OnDrop, OnRetry
from .sampling import ONE_IN_MAX

#: Of one record: a hundred times a usual one. What is larger carries texts that do not belong in telemetry.
RECORD_BYTES_MAX = 65_536
#: Within the bounds of every collector.
_BATCH_BYTES_MAX = 4 * 1_024 * 1_024
_BATCH_RECORDS_MAX = 10_000
#: As source reports hold them.
_TEXT_CHARS_MAX = 512
_STREAM = re.compile(r"[a-z0-9-]{1,40}")


class PublisherOptionsError(ValueError):
    """An option that cannot work; raised where the publisher is made, and nowhere else."""


@dataclass(frozen=True)
class RetryOptions:
    #: How old a record may grow before it is given up. Until then it is tried again, for as long as the buffer holds it.
    age_s_max: float = 3_600.0
    #: The wait before attempt n + 1 is random between 0 and backoff_s x 2^(n - 1), at most backoff_s_max ("full jitter").
    backoff_s: float = 0.1
    backoff_s_max: float = 5.0


@dataclass(frozen=True)
class PublisherOptions:
    #: The collector, without the path.
    url: str
    service: str
    environment: str
    #: A key of the intake, where it asks for keys.
    key: Optional[str] = None
    #: Further headers, if a proxy in between wants them.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: For a collector behind a certificate that the system does not know.
    ssl_context: Optional[ssl.SSLContext] = None
    gzip: bool = False
    #: For each step of a request; afterwards it is given up and tried again.
    timeout_s: float = 10.0
    #: The stream's name, which its topics carry.
    stream: str = "live"
    #: Unique per running publisher; made up by default. A forked process gets a suffix of its own.
    instance: str = field(default_factory=lambda: str(uuid.uuid4()))
    #: One of so many requests is sent, and each of its events stands for as many: a whole number. All attempts of a request
    #: are kept or left out together, in every publisher.
    sample_one_in: int = 1
    #: How long a record may wait for company.
    linger_s: float = 0.1
    batch_records_max: int = 500
    batch_bytes_max: int = 262_144
    #: Bound of the memory of everything not yet acknowledged; beyond it records are dropped.
    buffered_bytes_max: int = 16 * 1_024 * 1_024
    retry: RetryOptions = RetryOptions()
    #: How often the publisher reports its counts; 0 turns reports off.
    report_interval_s: float = 10.0
    #: Of the close at the process's exit.
    exit_timeout_s: float = 5.0
    #: Told of every drop, on the sending thread or on one that emits. What it raises is logged.
    on_drop: Optional[OnDrop] = None
    #: Told of every send that failed and will be tried again, on the same threads. What it raises is logged.
    on_retry: Optional[OnRetry] = None

    def __post_init__(self) -> None:
        for name in ("service", "environment", "instance"):
            value = getattr(self, name)
            if not isinstance(value, str) or len(value) > _TEXT_CHARS_MAX:
                raise _wrong(name, f"text of at most {_TEXT_CHARS_MAX} characters", value)
        if self.service == "":
            raise _wrong("service", "the service's name", self.service)
        if not isinstance(self.stream, str) or _STREAM.fullmatch(self.stream) is None:
            raise _wrong("stream", "1 to 40 of a-z, 0-9 and hyphen", self.stream)
        if not isinstance(self.retry, RetryOptions):
            raise _wrong("retry", "RetryOptions(...)", self.retry)
        if not isinstance(self.sample_one_in, int) or isinstance(self.sample_one_in, bool):
            raise _wrong("sample_one_in", "a whole number", self.sample_one_in)
        _check_range("sample_one_in", self.sample_one_in, 1, ONE_IN_MAX)
        _check_range("timeout_s", self.timeout_s, 0.001, 600)
        _check_range("linger_s", self.linger_s, 0, 60)
        _check_range("batch_records_max", self.batch_records_max, 1, _BATCH_RECORDS_MAX)
        _check_range("batch_bytes_max", self.batch_bytes_max, RECORD_BYTES_MAX * 2, _BATCH_BYTES_MAX)
        _check_range("buffered_bytes_max", self.buffered_bytes_max, RECORD_BYTES_MAX, 2**53)
        _check_range("report_interval_s", self.report_interval_s, 0, 3_600)
        _check_range("exit_timeout_s", self.exit_timeout_s, 0, 600)
        _check_range("retry.age_s_max", self.retry.age_s_max, 0, 86_400)
        _check_range("retry.backoff_s", self.retry.backoff_s, 0, 60)
        _check_range("retry.backoff_s_max", self.retry.backoff_s_max, 0, 600)


def _check_range(name: str, value: object, least: float, most: float) -> None:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most:
        return
    raise _wrong(name, f"a number from {least} to {most}", value)


def _wrong(name: str, expected: str, found: object) -> PublisherOptionsError:
    return PublisherOptionsError(f"{name} must be {expected}, found {found!r}. Correct it where the publisher is made.")
