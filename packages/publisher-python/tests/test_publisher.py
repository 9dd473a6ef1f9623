"""Goal: what is emitted is acknowledged, or counted as dropped with its reason, whatever the network does; and the service is
never held up, raised into or outlived."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
import unittest
from typing import Any

from burnline import DropNotice, Publisher, PublisherOptionsError, RetryNotice, RetryOptions
from tests.scripted_collector import Answer, Request, Script, ScriptedCollector, event, invalid

QUICK = RetryOptions(backoff_s=0.01, backoff_s_max=0.05)


class PublisherTest(unittest.TestCase):
    def setUp(self) -> None:
        self.drops: list[DropNotice] = []
        self.retries: list[RetryNotice] = []
        logging.getLogger("burnline").setLevel(logging.CRITICAL)
        self.addCleanup(logging.getLogger("burnline").setLevel, logging.NOTSET)

    def collector(self, script: Script = lambda number, request: Answer()) -> ScriptedCollector:
        collector = ScriptedCollector(script)
        self.addCleanup(collector.close)
        return collector

    def publisher(self, collector: ScriptedCollector, **options: Any) -> Publisher:
        told = {"on_drop": self.drops.append, "on_retry": self.retries.append, "retry": QUICK}
        publisher = collector.publisher(**{**told, **options})
        self.addCleanup(publisher.close, 0.2)
        return publisher

    def reasons(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for drop in self.drops:
            counts[drop.reason] = counts.get(drop.reason, 0) + drop.count
        return counts

    def check_balance(self, publisher: Publisher) -> None:
        counters = publisher.counters()
        dropped = sum(counters.dropped_by_reason.values())
        self.assertEqual(counters.emitted, counters.acknowledged + dropped + counters.buffered)
        self.assertEqual({reason: n for reason, n in counters.dropped_by_reason.items() if n}, self.reasons())
        if counters.buffered == 0:
            self.assertEqual(counters.buffered_bytes, 0)


class SendingTest(PublisherTest):
    def test_an_event_is_completed_and_keeps_what_it_says(self) -> None:
        collector = self.collector()
        publisher = self.publisher(collector, key="bik_1")
        before_us = time.time_ns() // 1_000
        publisher.emit(event(ttft_ms=None, service="other"))
        self.assertTrue(publisher.flush(5))
        (request,) = collector.requests
        self.assertEqual((request.path, request.headers["authorization"]), ("/v1/events", "Bearer bik_1"))
        (record,) = request.records
        self.assertRegex(record.pop("event_id"), r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertTrue(before_us <= record.pop("occurred_at") <= time.time_ns() // 1_000)
        self.assertEqual(record, {**event(), "ttft_ms": None, "service": "other", "environment": "test"})
        self.check_balance(publisher)

    def test_batches_are_bounded_by_count_and_bytes(self) -> None:
        collector = self.collector()
        publisher = self.publisher(collector, batch_records_max=30, linger_s=60, gzip=True)
        for number in range(100):
            publisher.emit(event(number))
        self.assertTrue(publisher.flush(5))
        self.assertEqual(sum(len(request.records) for request in collector.requests), 100)
        self.assertLessEqual(max(len(request.records) for request in collector.requests), 30)
        big = {"attributes": {str(number): "x" * 250 for number in range(32)}}
        publisher = self.publisher(collector, batch_bytes_max=131_072, linger_s=60)
        for number in range(100):
            publisher.emit(event(number, **big))
        self.assertTrue(publisher.flush(5))
        self.assertGreater(len(collector.requests), 10)
        self.assertLessEqual(max(len(request.body) for request in collector.requests), 131_072)

    def test_a_batch_does_not_wait_longer_than_its_linger(self) -> None:
        collector = self.collector()
        publisher = self.publisher(collector, linger_s=0.2)
        publisher.emit(event())
        time.sleep(0.1)
        publisher.emit(event())
        self.assertEqual(collector.requests, [])
        time.sleep(0.3)
        self.assertEqual([len(request.records) for request in collector.requests], [2])

    def test_a_connection_that_was_closed_meanwhile_is_opened_again_without_a_failure(self) -> None:
        collector = self.collector(lambda number, request: Answer(ends=True))
        publisher = self.publisher(collector)
        for _ in range(3):
            publisher.emit(event())
            self.assertTrue(publisher.flush(5))
            time.sleep(0.05)
        self.assertEqual(self.retries, [])
        self.assertEqual([request.connection for request in collector.requests], [0, 1, 2])

    def test_a_connection_is_kept(self) -> None:
        collector = self.collector()
        publisher = self.publisher(collector)
        for _ in range(3):
            publisher.emit(event())
            self.assertTrue(publisher.flush(5))
        self.assertEqual({request.connection for request in collector.requests}, {0})

    def test_verdicts_have_their_own_way(self) -> None:
        collector = self.collector()
        publisher = self.publisher(collector)
        at = time.time_ns() // 1_000 + 60_000_000
        publisher.emit_verdict({"inference_at": at, "evaluator": "judge", "dimension": "quality", "passed": True})
        self.assertTrue(publisher.flush(5))
        (request,) = collector.of("/v1/verdicts")
        # The judge's clock is a minute behind, and the verdict does not contradict its inference.
        self.assertEqual(request.records[0]["judged_at"], at)

    def test_options_that_cannot_work_are_said_at_once(self) -> None:
        wrong: list[dict[str, Any]] = [
            {"url": "burnline:4380"},
            {"url": "http://user:secret@host"},
            {"url": "http://host:port"},
            {"service": ""},
            {"environment": None},
            {"linger_s": -1},
            {"batch_records_max": 0},
            {"stream": "Live!"},
            {"retry": RetryOptions(age_s_max=1e9)},
        ]
        for options in wrong:
            with self.subTest(options), self.assertRaises(PublisherOptionsError):
                Publisher(**{"url": "http://127.0.0.1:1", "service": "chat", "environment": "test", **options})


class FailingTest(PublisherTest):
    def test_the_same_ids_go_again_until_they_are_taken(self) -> None:
        collector = self.collector(lambda number, request: Answer(503 if number < 3 else 200))
        publisher = self.publisher(collector)
        for number in range(10):
            publisher.emit(event(number))
        self.assertTrue(publisher.flush(5))
        bodies = {request.body for request in collector.requests}
        self.assertEqual((len(collector.requests), len(bodies)), (4, 1))
        counters = publisher.counters()
        self.assertEqual((counters.sent, counters.retried, counters.acknowledged), (10, 30, 10))
        self.assertEqual([(retry.count, retry.attempts) for retry in self.retries], [(10, 1), (10, 2), (10, 3)])
        self.check_balance(publisher)

    def test_retry_after_is_kept_to_within_its_bound(self) -> None:
        collector = self.collector(lambda number, request: Answer(429 if number == 0 else 200, headers={"retry-after": "1"}))
        publisher = self.publisher(collector)
        publisher.emit(event())
        started = time.monotonic()
        self.assertTrue(publisher.flush(5))
        self.assertGreaterEqual(time.monotonic() - started, 1.0)
        far = self.collector(lambda number, request: Answer(503, headers={"retry-after": "86400"}))
        publisher = self.publisher(far)
        publisher.emit(event())
        self.assertFalse(publisher.flush(0.3))
        self.assertLessEqual(self.retries[-1].wait_s, 60.05)
        self.assertGreaterEqual(self.retries[-1].wait_s, 60)

    def test_what_a_collector_names_as_wrong_is_dropped_alone(self) -> None:
        def script(number: int, request: Request) -> Answer:
            wrong = [index for index, record in enumerate(request.records) if record["duration_ms"] in (903, 907)]
            return invalid(wrong) if wrong else Answer()

        collector = self.collector(script)
        publisher = self.publisher(collector, linger_s=60)
        for number in range(10):
            publisher.emit(event(number))
        self.assertTrue(publisher.flush(5))
        self.assertEqual([len(request.records) for request in collector.requests], [10, 8])
        self.assertEqual(publisher.counters().acknowledged, 8)
        self.assertEqual([str(drop.error) for drop in self.drops], ["ttft_ms: expected at most duration_ms, found 5000"] * 2)
        self.check_balance(publisher)

    def test_what_is_refused_without_a_name_is_found_by_halves(self) -> None:
        def script(number: int, request: Request) -> Answer:
            return Answer(413 if any(record["duration_ms"] == 905 for record in request.records) else 200)

        publisher = self.publisher(self.collector(script), linger_s=60)
        for number in range(16):
            publisher.emit(event(number))
        self.assertTrue(publisher.flush(5))
        self.assertEqual((publisher.counters().acknowledged, self.reasons()), (15, {"rejected": 1}))
        self.check_balance(publisher)

    def test_a_partition_without_a_leader_does_not_hold_up_the_others(self) -> None:
        is_away = threading.Event()

        def script(number: int, request: Request) -> Answer:
            items = [
                {"index": index, "state": "unknown" if record["duration_ms"] % 2 else "durable"}
                for index, record in enumerate(request.records)
            ]
            if is_away.is_set() or all(item["state"] == "durable" for item in items):
                return Answer()
            return Answer(503, {"error": {"code": "COLLECTOR_PARTLY_WRITTEN", "details": {"items": items}}})

        publisher = self.publisher(self.collector(script), batch_records_max=10, linger_s=60)
        for number in range(100):
            publisher.emit(event(number))
        self.assertFalse(publisher.flush(1))
        self.assertEqual(publisher.counters().acknowledged, 50)
        is_away.set()
        self.assertTrue(publisher.flush(5))
        self.assertEqual((publisher.counters().acknowledged, self.drops), (100, []))
        self.check_balance(publisher)

    def test_what_grows_too_old_expires_and_what_does_not_fit_is_not_kept(self) -> None:
        collector = self.collector(lambda number, request: Answer(503))
        publisher = self.publisher(
            collector, retry=RetryOptions(age_s_max=0.5, backoff_s=0.01, backoff_s_max=0.1), buffered_bytes_max=65_536
        )
        for number in range(1_000):
            publisher.emit(event(number))
        held = publisher.counters()
        self.assertLessEqual(held.buffered_bytes, 65_536)
        self.assertGreater(held.buffered, 100)
        self.assertTrue(publisher.flush(10))
        self.assertEqual(self.reasons(), {"buffer_full": 1_000 - held.buffered, "expired": held.buffered})
        self.check_balance(publisher)

    def test_answers_of_something_else_are_survived(self) -> None:
        odd: list[Any] = [
            {"error": {"details": {"wrongIndexes": [-1, 500, "0", None, {}], "problems": [{"index": []}, 3]}}},
            {"error": {"details": {"items": [{"index": [], "state": "durable"}, {"state": "durable"}, 1]}}},
            {"error": {"details": {"items": {}, "wrongIndexes": "01"}}},
            {"error": [1]},
            [],
        ]
        statuses = [503, 400]

        def script(number: int, request: Request) -> Answer:
            return Answer(statuses[number % 2], odd[number // 2]) if number < len(odd) * 2 else Answer()

        publisher = self.publisher(self.collector(script), linger_s=0)
        for number in range(len(odd) * 2):
            publisher.emit(event(number))
            publisher.emit(event(number))
        self.assertTrue(publisher.flush(5))
        self.assertEqual(publisher.counters().acknowledged + sum(self.reasons().values()), len(odd) * 4)
        self.assertLessEqual(set(self.reasons()), {"rejected"})
        self.check_balance(publisher)

    def test_nothing_listens_and_then_something_does(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        collector = self.collector()
        publisher = self.publisher(collector)
        publisher._client._port = int(url.rsplit(":", 1)[1])
        publisher.emit(event())
        self.assertFalse(publisher.flush(0.2))
        publisher._client._port = int(collector.url.rsplit(":", 1)[1])
        self.assertTrue(publisher.flush(5))

    def test_callbacks_that_raise_disturb_nothing(self) -> None:
        def fail(notice: object) -> None:
            raise KeyError("of the service")

        collector = self.collector(lambda number, request: Answer(503 if number == 0 else 200))
        publisher = self.publisher(collector, on_drop=fail, on_retry=fail)
        publisher.emit({"no_such_field": 1})  # type: ignore[typeddict-item, typeddict-unknown-key]
        publisher.emit(event())
        self.assertTrue(publisher.flush(5))
        self.assertEqual(publisher.counters().acknowledged, 1)


class NotWaitingTest(PublisherTest):
    def test_emit_does_not_wait_for_a_collector_that_hangs(self) -> None:
        over = threading.Event()
        self.addCleanup(over.set)
        publisher = self.publisher(self.collector(lambda number, request: Answer(after=over)))
        publisher.emit(event())
        time.sleep(0.1)
        longest = 0.0
        for number in range(2_000):
            started = time.perf_counter()
            publisher.emit(event(number))
            longest = max(longest, time.perf_counter() - started)
        self.assertLess(longest, 0.5)
        started = time.monotonic()
        publisher.close(1)
        self.assertLess(time.monotonic() - started, 1.5)
        self.assertEqual(self.reasons(), {"closed": 2_001})
        self.check_balance(publisher)

    def test_what_cannot_be_sent_is_refused_in_emit(self) -> None:
        wrong: list[Any] = [
            None,
            [event()],
            event(durationms=5),
            event(ttft_ms=float("nan")),
            event(attributes={"object": object()}),
            event(attributes={"prompt": "x" * 70_000}),
        ]
        wrong[-1]["attributes"]["loop"] = None
        publisher = self.publisher(self.collector())
        for one in wrong:
            publisher.emit(one)
        self.assertEqual(self.reasons(), {"invalid": len(wrong)})
        self.assertIn("did you mean duration_ms?", str(self.drops[2].error))
        self.check_balance(publisher)

    def test_many_threads_lose_nothing(self) -> None:
        collector = self.collector()
        publisher = self.publisher(collector)

        def work() -> None:
            for number in range(500):
                publisher.emit(event(number))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(publisher.flush(10))
        self.assertEqual(len({record["event_id"] for record in collector.events}), 4_000)
        self.check_balance(publisher)


class ClosingTest(PublisherTest):
    def test_close_delivers_what_is_left_and_later_events_are_dropped(self) -> None:
        collector = self.collector()
        publisher = self.publisher(collector, linger_s=60, report_interval_s=10)
        publisher.emit(event())
        publisher.close()
        publisher.close()
        publisher.emit(event())
        self.assertEqual((len(collector.events), self.reasons()), (1, {"closed": 1}))
        self.assertEqual(collector.requests[-1].path, "/v1/batches")
        self.check_balance(publisher)

    def test_close_without_a_collector_is_bounded(self) -> None:
        publisher = self.publisher(self.collector(lambda number, request: Answer(503)), report_interval_s=10)
        publisher.emit(event())
        started = time.monotonic()
        publisher.close(0.5)
        self.assertLess(time.monotonic() - started, 1)
        self.assertEqual(self.reasons(), {"closed": 1})
        self.check_balance(publisher)

    def test_a_hanging_request_leaves_time_for_the_last_report(self) -> None:
        over = threading.Event()
        self.addCleanup(over.set)
        collector = self.collector(lambda number, request: Answer(after=over if request.path == "/v1/events" else None))
        publisher = self.publisher(collector, report_interval_s=10)
        publisher.emit(event())
        publisher.close(1.5)
        self.assertEqual([request.path for request in collector.requests], ["/v1/events", "/v1/batches"])
        self.assertEqual(self.reasons(), {"closed": 1})

    def test_a_loop_of_asyncio_goes_on_while_it_is_flushed(self) -> None:
        collector = self.collector(lambda number, request: Answer(503 if number < 3 else 200))
        publisher = self.publisher(collector)

        async def work() -> int:
            turns = 0
            publisher.emit(event())
            flushing = asyncio.ensure_future(asyncio.get_running_loop().run_in_executor(None, publisher.flush, 5))
            while not flushing.done():
                turns += 1
                await asyncio.sleep(0.001)
            self.assertTrue(flushing.result())
            return turns

        self.assertGreater(asyncio.run(work()), 5)


class LoggingTest(unittest.TestCase):
    def test_drops_and_failures_are_logged_by_reason_and_seldom(self) -> None:
        collector = ScriptedCollector(lambda number, request: Answer(401 if number < 20 else 200))
        self.addCleanup(collector.close)
        with self.assertLogs("burnline", "WARNING") as logs:
            publisher = collector.publisher(retry=QUICK)
            for _ in range(500):
                publisher.emit({"nope": 1})  # type: ignore[typeddict-item, typeddict-unknown-key]
            publisher.emit(event())
            self.assertTrue(publisher.flush(10))
            publisher.close()
        text = "\n".join(logs.output)
        self.assertIn("dropped (invalid); the last one: nope: expected no such field", text)
        self.assertIn("The collector answered 401", text)
        self.assertIn("Give the collector's key", text)
        self.assertLessEqual(len(logs.output), 4)


if __name__ == "__main__":
    unittest.main()
