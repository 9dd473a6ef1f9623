"""What became of records, in counts."""

from dataclasses import dataclass, field
from typing import Callable, Optional

#: Why a record was given up.
#:
#: - ``invalid``: it breaks a rule of events, or is larger than an event may be
#: - ``buffer_full``: the buffer held as much as it may
#: - ``expired``: the collector could not take it until it was as old as it may grow
#: - ``rejected``: the collector will never take it, and did not say what is wrong with it
#: - ``closed``: emitted after close, or still unsent when close ran out of time
DROP_REASONS = ("invalid", "buffer_full", "expired", "rejected", "closed")


@dataclass(frozen=True)
class DropNotice:
    """Records that were given up."""

    reason: str
    count: int
    error: Optional[BaseException]


@dataclass(frozen=True)
class RetryNotice:
    """A send that failed and is tried again."""

    #: Records that wait for it.
    count: int
    #: Attempts made so far.
    attempts: int
    wait_s: float
    error: BaseException


OnDrop = Callable[[DropNotice], None]
OnRetry = Callable[[RetryNotice], None]


@dataclass
class Counters:
    """Counts of events and verdicts since the start: emitted = acknowledged + dropped + buffered, always."""

    #: Handed to the publisher, and not left out by sampling.
    emitted: int = 0
    #: Sent for the first time.
    sent: int = 0
    acknowledged: int = 0
    #: Sent again, each time counted.
    retried: int = 0
    dropped_by_reason: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DROP_REASONS, 0))
    #: Not yet acknowledged or dropped.
    buffered: int = 0
    #: Memory of everything buffered, reports included.
    buffered_bytes: int = 0
    #: Events that sampling left out: others stand for them, nothing is lost.
    sampled_out: int = 0

    def copy(self) -> "Counters":
        return Counters(
            self.emitted,
            self.sent,
            self.acknowledged,
            self.retried,
            dict(self.dropped_by_reason),
            self.buffered,
            self.buffered_bytes,
            self.sampled_out,
        )
