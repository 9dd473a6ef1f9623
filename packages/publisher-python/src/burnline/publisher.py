"""The way in, the thread that sends, and how both end."""

import atexit
import functools
import itertools
import os
import sys
import threading
import time
import uuid
import weakref
from collections import deque
from collections.abc import Mapping
from typing import Any, Callable, Optional

from .collector_client import CollectorClient
from .counters import Counters
from .delivery import send, settle
from .event_fields import EvalVerdict, InferenceEvent
from .lane import Entry, Lane, LaneLimits, Wire
from .options import PublisherOptions
from .records import encode_event, encode_verdict
from .source_reports import (
    BATCHES_CONTENT_TYPE,
    BATCHES_PATH,
    REPORTS_PER_MESSAGE_MAX,
    Reporter,
    Source,
    encode_report,
    frame_reports,
)
from .tally import LOG_INTERVAL_S, Tally

#: The share of close's time that is kept for the last report: without it a stop looks like a loss.
_LAST_REPORT_SHARE = 0.2
_CLOSE_TIMEOUT_S = 5.0
#: Reports wait for a collector that is away, as events do; beyond so many, one covers a longer time.
_REPORTS_WAITING_MAX = 360
_NEVER = float("-inf")

#: Publishers of this process that are not closed.
_open_publishers: "set[Publisher]" = set()
#: All of them: a forked process must not meet a lock that another thread of its parent held.
_publishers: "weakref.WeakSet[Publisher]" = weakref.WeakSet()


class Publisher:
    """Sends events and verdicts to a collector, from a thread of its own.

    Raises PublisherOptionsError for options that cannot work (``PublisherOptions`` has them all); later calls raise nothing
    for events that are wrong or cannot be delivered: those are dropped, counted, logged and told to ``on_drop``.
    """

    _counters: Counters
    _hurried_at: float
    _is_closing: bool
    _is_over: bool
    _thread: Optional[threading.Thread]

    def __init__(self, *, url: str, service: str, environment: str, key: Optional[str] = None, **further: Any) -> None:
        self._options = PublisherOptions(url, service, environment, key, **further)
        self._begin(self._options.instance)
        with self._wake:
            self._start()
        _publishers.add(self)
        _open_publishers.add(self)

    def emit(self, event: InferenceEvent) -> None:
        """Takes an event; never waits for the network, never raises. ``status`` and a model are needed, and ``duration_ms``
        of an attempt that is ok; the id, the time, service and environment are filled in."""
        one_in = self._options.sample_one_in
        encode = encode_event if one_in == 1 else functools.partial(encode_event, sample_one_in=one_in)
        self._take(self._events, event, encode)

    def emit_verdict(self, verdict: EvalVerdict) -> None:
        """Takes a judgement of an earlier inference."""
        self._take(self._verdicts, verdict, encode_verdict)

    def flush(self, timeout: Optional[float] = None) -> bool:
        """Waits until everything emitted so far is acknowledged or dropped, at most ``timeout`` seconds; whether it is.

        Without a collector and a timeout that takes until records expire. In a coroutine: ``asyncio.to_thread(publisher.flush)``.
        """
        if self._is_own_thread():
            return False
        now = time.monotonic()
        with self._wake:
            self._hurried_at = max(self._hurried_at, now)
            if self._counters.buffered > 0:
                self._start()
            if self._thread is None:
                return self._counters.buffered == 0
            self._wake.notify_all()
            return self._wake.wait_for(lambda: self._is_settled(now), timeout)

    def close(self, timeout: float = _CLOSE_TIMEOUT_S) -> None:
        """Sends what is buffered and a last report within ``timeout`` seconds; what is left then is dropped. Events emitted
        later are dropped. Further calls wait for the first one's end. Runs by itself when the process exits in order."""
        if self._is_own_thread():
            return
        deadline = time.monotonic() + timeout
        with self._wake:
            is_first, self._is_closing = not self._is_closing, True
            if not is_first:
                self._wake.wait_for(lambda: self._is_over, timeout)
                return
        reserve_s = timeout * _LAST_REPORT_SHARE if self._options.report_interval_s > 0 else 0.0
        self.flush(max(0.0, deadline - reserve_s - time.monotonic()))
        self._abandon((self._events, self._verdicts))
        with self._wake:
            if self._thread is not None and reserve_s > 0:
                self._add_report(is_final=True)
                self._reports.hurry()
                self._hurried_at = time.monotonic()
                self._wake.notify_all()
                self._wake.wait_for(lambda: self._reports.is_empty, max(0.0, deadline - time.monotonic()))
        self._abandon((self._reports,))
        with self._wake:
            self._is_over = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(max(0.0, deadline - time.monotonic()))
        self._tally.log()
        _open_publishers.discard(self)

    def counters(self) -> Counters:
        with self._wake:
            return self._counters.copy()

    def __enter__(self) -> "Publisher":
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _begin(self, instance: str) -> None:
        """Everything that a forked process has of its own."""
        options = self._options
        # Reentrant: a signal handler or a finalizer may emit while its thread is in here.
        self._wake = threading.Condition(threading.RLock())
        self._counters = Counters()
        self._tally = Tally(self._counters, options)
        limits = LaneLimits(options.linger_s, options.batch_records_max, options.batch_bytes_max)
        self._events = Lane(Wire("/v1/events", "application/x-ndjson", _lines), limits)
        self._verdicts = Lane(Wire("/v1/verdicts", "application/x-ndjson", _lines), limits)
        frames = Wire(BATCHES_PATH, BATCHES_CONTENT_TYPE, _framed(options.stream, instance))
        report_limits = limits._replace(linger_s=0.0, batch_records_max=REPORTS_PER_MESSAGE_MAX)
        self._reports = Lane(frames, report_limits, is_counted=False)
        self._reporter = Reporter(Source(instance, options.service, options.environment), self._counters.copy)
        self._report_at = time.monotonic() + (options.report_interval_s or float("inf"))
        self._inbox: deque[tuple[Lane, Optional[Entry], Optional[BaseException]]] = deque()
        self._is_counting = False
        self._client = CollectorClient(options)
        self._hurried_at = _NEVER
        self._thread = None
        self._is_closing = False
        self._is_over = False
        self._turns = itertools.cycle((self._events, self._verdicts, self._reports))

    def _take(self, lane: Lane, record: Mapping[str, Any], encode: Callable[[Any, str, str], Optional[str]]) -> None:
        error: Optional[BaseException] = None
        entry: Optional[Entry] = None
        if not self._is_closing:
            try:
                text = encode(record, self._options.service, self._options.environment)
                if text is None:
                    with self._wake:
                        self._counters.sampled_out += 1
                    return
                entry = Entry(text, time.monotonic())
            except Exception as fault:
                error = fault
        self._inbox.append((lane, entry, error))
        with self._wake:
            self._count_inbox()
        if self._tally.has_untold:
            self._tally.tell()

    def _count_inbox(self) -> None:
        # A signal handler or a finalizer that emits in the middle of this leaves its record to whom it interrupted.
        while self._inbox and not self._is_counting:
            self._is_counting = True
            try:
                while self._inbox:
                    self._count(*self._inbox.popleft())
            finally:
                self._is_counting = False

    def _count(self, lane: Lane, entry: Optional[Entry], error: Optional[BaseException]) -> None:
        counters = self._counters
        counters.emitted += 1
        if entry is None or self._is_closing:
            self._tally.refused("closed" if error is None else "invalid", error)
        elif counters.buffered_bytes + entry.held_bytes > self._options.buffered_bytes_max:
            self._tally.refused("buffer_full", None)
        else:
            counters.buffered += 1
            counters.buffered_bytes += entry.held_bytes
            if self._thread is None:
                self._start()
            if lane.append(entry):
                self._wake.notify_all()

    def _start(self) -> None:
        if self._thread is not None or self._is_over:
            return
        thread = threading.Thread(target=self._run, name="burnline-publisher", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The interpreter is going down: what is buffered is counted as dropped when it closes the publisher.
            return
        self._thread = thread
        _close_with_child_process()

    def _run(self) -> None:
        while not self._is_over:
            with self._wake:
                lane = self._lane_or_wait()
                batch = None if lane is None else lane.take(self._hurried_at)
                if lane is not None and batch is not None:
                    batch.attempts += 1
                    self._tally.sent(lane, batch)
            if lane is not None and batch is not None:
                result = send(self._client, lane, batch)
                with self._wake:
                    now = time.monotonic()
                    settle(lane, batch, result, to=self._tally, retry=self._options.retry, now=now)
                    self._wake.notify_all()
            self._tally.tell()
            self._tally.log_if_due()
        self._client.close()

    def _lane_or_wait(self) -> Optional[Lane]:
        """The lane whose turn it is. None: there was nothing to do, and the lock was let go until there may be."""
        now = time.monotonic()
        if now >= self._report_at and not self._is_closing:
            self._report_at = now + self._options.report_interval_s
            self._add_report(is_final=False)
        wake_at = min(self._report_at, now + LOG_INTERVAL_S)
        for lane in itertools.islice(self._turns, 3):
            due_at = lane.due_at(self._hurried_at)
            if due_at is not None and due_at <= now:
                return lane
            wake_at = wake_at if due_at is None else min(wake_at, due_at)
        if not self._is_over:
            self._wake.wait(wake_at - now)
        return None

    def _add_report(self, is_final: bool) -> None:
        if not is_final and self._reports.count >= _REPORTS_WAITING_MAX:
            return
        entry = Entry(encode_report(self._reporter.report(is_final)), time.monotonic())
        self._counters.buffered_bytes += entry.held_bytes
        self._reports.append(entry)

    def _abandon(self, lanes: "tuple[Lane, ...]") -> None:
        with self._wake:
            for lane in lanes:
                self._tally.dropped(lane, lane.abandon(), "closed", None)
            is_on_its_way = any(not lane.is_empty for lane in lanes)
            self._wake.notify_all()
        if is_on_its_way:
            # Nobody waits for this answer any more, and the thread has a last report to send.
            self._client.interrupt()
        self._tally.tell()

    def _is_settled(self, until: float) -> bool:
        if self._is_over:
            return True
        oldest = (lane.oldest_at() for lane in (self._events, self._verdicts))
        return all(at is None or at > until for at in oldest)

    def _is_own_thread(self) -> bool:
        return threading.current_thread() is self._thread

    def _renew_in_child(self) -> None:
        """The parent goes on with what it has buffered; this process is a source of its own, from its first event on."""
        was_closed = self._is_closing
        self._begin(f"{self._options.instance}/{uuid.uuid4().hex[:8]}"[-512:])
        self._is_closing = self._is_over = was_closed


def _lines(entries: list[Entry]) -> bytes:
    return "\n".join(str(entry.data) for entry in entries).encode("ascii")


def _framed(stream: str, instance: str) -> Callable[[list[Entry]], bytes]:
    return lambda entries: frame_reports(stream, instance, [entry.data for entry in entries])  # type: ignore[misc]


def _renew_all_in_child() -> None:
    for publisher in list(_publishers):
        publisher._renew_in_child()


def _close_all() -> None:
    for publisher in list(_open_publishers):
        publisher.close(publisher._options.exit_timeout_s)


def _close_with_child_process() -> None:
    """Children of multiprocessing end without atexit, by its own finalizers."""
    util = sys.modules.get("multiprocessing.util")
    process = sys.modules.get("multiprocessing.process")
    if util is not None and process is not None and process.parent_process() is not None:
        util.Finalize(None, _close_all, exitpriority=100)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all_in_child)
atexit.register(_close_all)
