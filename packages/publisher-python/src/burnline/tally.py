"""Counts what becomes of records, and tells of it: callbacks at once, the log a line now and then."""

import contextlib
import logging
import threading
import time
from collections import deque
from dataclasses import replace
from typing import Callable, Optional, TypeVar, Union

from .counters import Counters, DropNotice, RetryNotice
from .lane import Batch, Entry, Lane
from .options import PublisherOptions

_log = logging.getLogger("burnline")
#: A service that emits a thousand wrong events a second gets a line of each reason in this time.
LOG_INTERVAL_S = 10.0

_Notice = TypeVar("_Notice", DropNotice, RetryNotice)


class Tally:
    """Counting needs the publisher's lock; telling runs the service's code, and must be without it."""

    def __init__(self, counters: Counters, options: PublisherOptions) -> None:
        self._counters = counters
        self._on_drop = options.on_drop
        self._on_retry = options.on_retry
        self._untold: deque[Union[DropNotice, RetryNotice]] = deque()
        #: Guards what the log has not been told: drops are noticed on any thread, in finalizers too.
        self._log_lock = threading.RLock()
        self._unlogged: dict[str, DropNotice] = {}
        self._unlogged_retry: Optional[RetryNotice] = None
        self._logged_at = float("-inf")

    def sent(self, lane: Lane, batch: Batch) -> None:
        if not lane.is_counted:
            return
        if batch.attempts == 1:
            self._counters.sent += len(batch.entries)
        else:
            self._counters.retried += len(batch.entries)

    def acknowledged(self, lane: Lane, entries: list[Entry]) -> None:
        self._let_go(lane, entries)
        if lane.is_counted:
            self._counters.acknowledged += len(entries)

    def dropped(self, lane: Lane, entries: list[Entry], reason: str, error: Optional[BaseException]) -> None:
        self._let_go(lane, entries)
        if not entries:
            return
        if lane.is_counted:
            self._counters.dropped_by_reason[reason] += len(entries)
            self._untold.append(DropNotice(reason, len(entries), error))
        elif error is not None:
            self._untold.append(DropNotice(reason, 0, error))

    def retried(self, lane: Lane, batch: Batch, wait_s: float, error: BaseException) -> None:
        count = len(batch.entries) if lane.is_counted else 0
        self._untold.append(RetryNotice(count, batch.attempts, wait_s, error))

    def refused(self, reason: str, error: Optional[BaseException]) -> None:
        """A record that never came into a lane."""
        self._counters.dropped_by_reason[reason] += 1
        self._untold.append(DropNotice(reason, 1, error))

    @property
    def has_untold(self) -> bool:
        return bool(self._untold)

    def tell(self) -> None:
        """Tells the service what was counted since the last time, without the lock."""
        with contextlib.suppress(IndexError):
            while True:
                self._tell(self._untold.popleft())

    def log_if_due(self) -> None:
        if time.monotonic() - self._logged_at >= LOG_INTERVAL_S:
            self.log()

    def log(self) -> None:
        with self._log_lock:
            unlogged, self._unlogged = self._unlogged, {}
            retry, self._unlogged_retry = self._unlogged_retry, None
            if unlogged or retry is not None:
                self._logged_at = time.monotonic()
        for reason, notice in unlogged.items():
            cause = "" if notice.error is None else f"; the last one: {notice.error}"
            _log.warning("%s dropped (%s)%s", _what(notice.count), reason, cause)
        if retry is not None:
            cause = str(retry.error) or type(retry.error).__name__
            _log.warning("%s not sent yet, attempts: %d: %s", _what(retry.count), retry.attempts, cause)

    def _tell(self, notice: Union[DropNotice, RetryNotice]) -> None:
        if isinstance(notice, DropNotice):
            with self._log_lock:
                before = self._unlogged.get(notice.reason)
                count = notice.count + (0 if before is None else before.count)
                self._unlogged[notice.reason] = replace(notice, count=count)
            _quietly(self._on_drop, notice)
        else:
            self._unlogged_retry = notice
            _quietly(self._on_retry, notice)

    def _let_go(self, lane: Lane, entries: list[Entry]) -> None:
        if lane.is_counted:
            self._counters.buffered -= len(entries)
        self._counters.buffered_bytes -= sum(entry.held_bytes for entry in entries)


def _what(count: int) -> str:
    """Of the publisher's own reports nobody counts records."""
    return "source reports" if count == 0 else "1 record" if count == 1 else f"{count} records"


def _quietly(callback: Optional[Callable[[_Notice], None]], notice: _Notice) -> None:
    """The publisher's promise is never to disturb its service, not even with the service's own mistake."""
    if callback is None:
        return
    try:
        callback(notice)
    except Exception:
        _log.exception("a callback of the publisher failed")
