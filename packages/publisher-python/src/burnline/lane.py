"""Records of one kind between emit and acknowledgement. Nothing here locks: the publisher's lock is held by its callers."""

from collections import deque
from typing import Callable, NamedTuple, Optional, Union

#: Of CPython beside a record's text: the entry, its time, its place in the queue. The bound of the buffer is one of memory.
ENTRY_OVERHEAD_BYTES = 140


class Entry(NamedTuple):
    """A record as it is sent."""

    #: An object of JSON in ASCII; of a report, its Avro datum.
    data: Union[str, bytes]
    #: Monotonic seconds.
    born_at: float

    @property
    def held_bytes(self) -> int:
        return len(self.data) + ENTRY_OVERHEAD_BYTES


class Batch:
    """Records that travel together."""

    __slots__ = ("attempts", "blocks", "due_at", "entries", "is_abandoned", "is_part")

    def __init__(self, entries: list[Entry], attempts: int = 0, due_at: float = 0.0) -> None:
        self.entries = entries
        #: Sends made so far.
        self.attempts = attempts
        self.due_at = due_at
        #: What the log did not take of a request of which it took the rest.
        self.is_part = False
        #: The collector took nothing of it, so others wait behind it.
        self.blocks = False
        #: Its records were counted as dropped while it was on its way: what comes of it now changes nothing.
        self.is_abandoned = False


class Wire(NamedTuple):
    """How a kind of record is sent."""

    path: str
    content_type: str
    body_of: Callable[[list[Entry]], bytes]


class LaneLimits(NamedTuple):
    linger_s: float
    batch_records_max: int
    batch_bytes_max: int


class Lane:
    """The queue of one kind of record, and the batches of it that failed and wait to go again."""

    def __init__(self, wire: Wire, limits: LaneLimits, is_counted: bool = True) -> None:
        self.wire = wire
        #: Reports are sent like records and not counted as such.
        self.is_counted = is_counted
        self._limits = limits
        self._waiting: deque[Entry] = deque()
        self._held: list[Batch] = []
        self._travelling: Optional[Batch] = None

    @property
    def is_empty(self) -> bool:
        return not self._waiting and not self._held and self._travelling is None

    @property
    def count(self) -> int:
        """Records that wait, those on their way left out."""
        return len(self._waiting) + sum(len(batch.entries) for batch in self._held)

    def append(self, entry: Entry) -> bool:
        """Whether the sending thread has to look: the queue was empty, or holds a whole batch now."""
        self._waiting.append(entry)
        count = len(self._waiting)
        return count in (1, self._limits.batch_records_max)

    def hold(self, batch: Batch) -> None:
        """Keeps a batch until it is due again."""
        self._held.append(batch)

    def hurry(self) -> None:
        """What waits to go again is due now."""
        for batch in self._held:
            batch.due_at = 0.0

    def oldest_at(self) -> Optional[float]:
        """When the oldest record that is not settled was emitted; none: everything is."""
        batches = self._held if self._travelling is None else [*self._held, self._travelling]
        times = [entry.born_at for batch in batches for entry in batch.entries[:1]]
        if self._waiting:
            times.append(self._waiting[0].born_at)
        return min(times, default=None)

    def due_at(self, hurried_at: float) -> Optional[float]:
        """When there is something to send next. Records emitted at ``hurried_at`` or earlier do not linger."""
        times = (self._fresh_due_at(hurried_at), *(batch.due_at for batch in self._held))
        return min((at for at in times if at is not None), default=None)

    def take(self, hurried_at: float) -> Batch:
        """What is due first, whether it is new or goes again; ``due_at`` has come. It stays the lane's until ``release``."""
        held = min(self._held, key=_due_at, default=None)
        fresh_at = self._fresh_due_at(hurried_at)
        if held is not None and (fresh_at is None or held.due_at < fresh_at):
            self._held.remove(held)
            self._travelling = held
        else:
            self._travelling = Batch(self._cut())
        return self._travelling

    def release(self) -> None:
        self._travelling = None

    def abandon(self) -> list[Entry]:
        """Everything that is not settled, which the caller counts as dropped."""
        entries = list(self._waiting)
        for batch in self._held:
            entries.extend(batch.entries)
        if self._travelling is not None and not self._travelling.is_abandoned:
            entries.extend(self._travelling.entries)
            self._travelling.is_abandoned = True
        self._waiting.clear()
        self._held.clear()
        return entries

    def _fresh_due_at(self, hurried_at: float) -> Optional[float]:
        if not self._waiting or any(batch.blocks for batch in self._held):
            return None
        first_at = self._waiting[0].born_at
        is_ready = len(self._waiting) >= self._limits.batch_records_max or first_at <= hurried_at
        return first_at if is_ready else first_at + self._limits.linger_s

    def _cut(self) -> list[Entry]:
        entries: list[Entry] = []
        size = 0
        while self._waiting and len(entries) < self._limits.batch_records_max:
            size += len(self._waiting[0].data) + 1
            if entries and size > self._limits.batch_bytes_max:
                break
            entries.append(self._waiting.popleft())
        return entries


def _due_at(batch: Batch) -> float:
    return batch.due_at
