"""Goal: source reports are those of the TypeScript publisher, byte by byte, and their counts add up to the publisher's."""

from __future__ import annotations

import json
import threading
import time
import unittest
from pathlib import Path
from typing import Any

from burnline.counters import Counters
from burnline.source_reports import Reporter, Source, SourceReport, encode_report, frame_reports
from tests.report_bodies import read_reports
from tests.scripted_collector import Answer, Request, ScriptedCollector, event

#: Made by test/golden/python-reports.test.ts.
GOLDEN = Path(__file__).with_name("source_reports.json")
#: Where the partition stands in a frame: behind the length and the name of its topic.
PARTITION = slice(1 + len("burnline.live.reports"), 5 + len("burnline.live.reports"))


def report_of(given: dict[str, Any]) -> SourceReport:
    source = Source(*(given.pop(name) for name in ("instance", "service", "environment")))
    return SourceReport(source, **given)


class SourceReportTest(unittest.TestCase):
    def test_the_bytes_are_those_of_the_typescript_encoder(self) -> None:
        cases = json.loads(GOLDEN.read_text("utf-8"))
        self.assertEqual([len(case["reports"]) for case in cases], [1, 2, 100])
        for case in cases:
            datums = [encode_report(report_of(report)) for report in case["reports"]]
            body = bytearray(frame_reports("live", "any", datums))
            # Which partition is the publisher's to choose; the collector takes the remainder.
            self.assertLess(body[PARTITION][0], 0x80)
            body[PARTITION] = bytes(4)
            self.assertEqual(body.hex(), case["body"])

    def test_reports_say_what_happened_since_the_one_before(self) -> None:
        counters = Counters()
        reporter = Reporter(Source("i", "s", "e"), counters.copy)
        counters.emitted, counters.acknowledged, counters.retried = 10, 7, 3
        counters.dropped_by_reason["invalid"] = 2
        first = reporter.report(is_final=False)
        counters.emitted += 5
        last = reporter.report(is_final=True)
        self.assertEqual(first[4:], (10, 7, 3, {"invalid": 2}))
        self.assertEqual(last[4:], (5, 0, 0, {}))
        self.assertEqual(first.interval_end, last.interval_start)
        self.assertEqual((first.is_final, last.is_final), (False, True))


class ReportingTest(unittest.TestCase):
    def test_reports_go_on_beside_events_that_are_not_taken(self) -> None:
        collector = ScriptedCollector(lambda number, request: Answer(429 if request.path == "/v1/events" else 200))
        self.addCleanup(collector.close)
        publisher = collector.publisher(report_interval_s=0.1)
        publisher.emit(event())
        time.sleep(1)
        self.assertGreater(len(collector.of("/v1/batches")), 5)
        publisher.close(1)

    def test_reports_wait_for_a_collector_and_come_in_order(self) -> None:
        is_back = threading.Event()

        def script(number: int, request: Request) -> Answer:
            return Answer() if is_back.is_set() else Answer(503)

        collector = ScriptedCollector(script)
        self.addCleanup(collector.close)
        publisher = collector.publisher(report_interval_s=0.05)
        time.sleep(0.5)
        refused = len(collector.requests)
        is_back.set()
        publisher.close(5)
        reports = [report for request in collector.requests[refused:] for report in read_reports(request.body)]
        self.assertGreater(len(reports), 5)
        # Each begins where the one before ended, and the last one says that it is.
        self.assertEqual([one["interval_end"] for one in reports[:-1]], [one["interval_start"] for one in reports[1:]])
        self.assertEqual([one["is_final"] for one in reports], [False] * (len(reports) - 1) + [True])
        self.assertEqual(publisher.counters().buffered_bytes, 0)

    def test_a_report_that_is_refused_is_given_up_alone(self) -> None:
        collector = ScriptedCollector(lambda number, request: Answer(400 if request.path == "/v1/batches" else 200))
        self.addCleanup(collector.close)
        drops: list[Any] = []
        publisher = collector.publisher(report_interval_s=0.05, on_drop=drops.append)
        publisher.emit(event())
        time.sleep(0.3)
        publisher.close()
        self.assertTrue(drops)
        self.assertEqual({(drop.reason, drop.count) for drop in drops}, {("rejected", 0)})
        self.assertEqual(publisher.counters().acknowledged, 1)


if __name__ == "__main__":
    unittest.main()
