"""Sends batches until every record of them is settled."""

import random
from typing import NamedTuple, Optional, Protocol

from .collector_client import Answer, CollectorClient, CollectorError
from .lane import Batch, Entry, Lane
from .options import RetryOptions

#: A server may ask for a longer wait than ours, but not for ever: the buffer fills meanwhile.
RETRY_AFTER_S_MAX = 60.0
#: Above it a power of two says no more about a wait.
_DOUBLINGS_MAX = 30


class EventInvalidError(ValueError):
    """A record that no collector would take: it breaks a rule of docs/events.md. The message names every fault."""


class Settlement(Protocol):
    """Told, under the publisher's lock, of what becomes of records."""

    def sent(self, lane: Lane, batch: Batch) -> None: ...
    def acknowledged(self, lane: Lane, entries: list[Entry]) -> None: ...
    def dropped(self, lane: Lane, entries: list[Entry], reason: str, error: Optional[BaseException]) -> None: ...
    def retried(self, lane: Lane, batch: Batch, wait_s: float, error: BaseException) -> None: ...


class Result(NamedTuple):
    """What came of one request: an answer, or the error in its place."""

    answer: Optional[Answer]
    error: Optional[BaseException]


def send(client: CollectorClient, lane: Lane, batch: Batch) -> Result:
    """Makes one attempt, without the lock. Never raises."""
    wire = lane.wire
    try:
        answer = client.post(wire.path, wire.content_type, wire.body_of(batch.entries))
    except Exception as error:
        # A broken connection above all; whatever it is, it may be another time.
        return Result(None, error)
    return Result(answer, None if answer.is_taken else CollectorError(answer))


def settle(lane: Lane, batch: Batch, result: Result, *, to: Settlement, retry: RetryOptions, now: float) -> None:
    """Counts what an attempt came to and holds what has to go again. The lock is held."""
    lane.release()
    if batch.is_abandoned:
        return
    answer, error = result
    if error is None:
        to.acknowledged(lane, batch.entries)
    elif answer is not None and answer.is_refusal:
        _settle_refused(lane, batch, answer, error, to)
    else:
        _settle_failed(lane, batch, result, error, to=to, retry=retry, now=now)


def _settle_refused(lane: Lane, batch: Batch, answer: Answer, error: BaseException, to: Settlement) -> None:
    """What will never be taken is dropped alone, without its neighbours, which go again at once."""
    faults: dict[int, str] = {}
    # Of reports the collector names the message, and not what is in it.
    if lane.is_counted:
        faults = {index: text for index, text in answer.wrong_records().items() if index < len(batch.entries)}
    if faults:
        for index, text in faults.items():
            to.dropped(lane, [batch.entries[index]], "invalid", EventInvalidError(text))
        rest = [entry for index, entry in enumerate(batch.entries) if index not in faults]
        if rest:
            lane.hold(Batch(rest, batch.attempts))
    elif len(batch.entries) == 1:
        to.dropped(lane, batch.entries, "rejected", error)
    else:
        middle = len(batch.entries) // 2
        for half in (batch.entries[:middle], batch.entries[middle:]):
            lane.hold(Batch(half, batch.attempts))


def _settle_failed(
    lane: Lane,
    batch: Batch,
    result: Result,
    error: BaseException,
    *,
    to: Settlement,
    retry: RetryOptions,
    now: float,
) -> None:
    answer = result.answer
    durable = answer.durable_records() if answer is not None and lane.is_counted else set()
    taken = [entry for index, entry in enumerate(batch.entries) if index in durable]
    rest = [entry for index, entry in enumerate(batch.entries) if index not in durable]
    if taken:
        to.acknowledged(lane, taken)
    oldest_at = now - retry.age_s_max
    expired = [entry for entry in rest if entry.born_at <= oldest_at]
    if expired:
        to.dropped(lane, expired, "expired", error)
        rest = [entry for entry in rest if entry.born_at > oldest_at]
    if not rest:
        return
    wait_s = _wait_s(answer, batch.attempts, retry)
    again = Batch(rest, batch.attempts, now + wait_s)
    # A partition without a leader does not hold up the others; a collector that takes nothing is left in peace.
    again.is_part = batch.is_part or bool(taken)
    again.blocks = not again.is_part
    lane.hold(again)
    to.retried(lane, again, wait_s, error)


def _wait_s(answer: Optional[Answer], attempts: int, retry: RetryOptions) -> float:
    doublings = min(attempts - 1, _DOUBLINGS_MAX)
    ceiling = min(retry.backoff_s_max, retry.backoff_s * float(2**doublings))
    asked = 0.0 if answer is None else min(answer.retry_after_s, RETRY_AFTER_S_MAX)
    return asked + random.random() * ceiling
