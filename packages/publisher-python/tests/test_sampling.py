"""Goal: the same requests are kept as by the TypeScript publisher, each stands for as many, and what is left out is not lost."""

from __future__ import annotations

import json
import unittest
import uuid
from pathlib import Path

from burnline import Publisher, PublisherOptionsError
from burnline.sampling import is_kept, sample_number
from tests.scripted_collector import Answer, Request, ScriptedCollector

#: Made by test/golden/python-sampling.test.ts.
GOLDEN = Path(__file__).with_name("sample_numbers.json")
LEAST = {"status": "ok", "model_requested": "m", "duration_ms": 1.0}


class SamplingTest(unittest.TestCase):
    def test_keys_are_kept_as_by_the_typescript_publisher(self) -> None:
        for case in json.loads(GOLDEN.read_text("utf-8")):
            self.assertEqual(sample_number(case["key"]), case["number"])
            if case["key"]:
                kept = [rate for rate in (1, 2, 3, 10, 1_000_000) if is_kept({"request_id": case["key"]}, rate)]
                self.assertEqual(kept, case["keptOneIn"])

    def test_goes_by_the_request_else_the_trace_else_the_event(self) -> None:
        event_id = uuid.uuid4()
        for rate in (2, 3, 5):
            by = {name: is_kept({"request_id": name}, rate) for name in ("r", "t", str(event_id))}
            self.assertEqual(is_kept({"request_id": "r", "trace_id": "t", "event_id": event_id}, rate), by["r"])
            self.assertEqual(is_kept({"request_id": "", "trace_id": "t", "event_id": event_id}, rate), by["t"])
            for form in (event_id, str(event_id).upper(), event_id.bytes):
                self.assertEqual(is_kept({"event_id": form}, rate), by[str(event_id)])

    def test_attempts_stay_together_and_stand_for_those_left_out(self) -> None:
        collector = ScriptedCollector(lambda number, request: Answer())
        self.addCleanup(collector.close)
        publisher = collector.publisher(sample_one_in=4)
        self.addCleanup(publisher.close, 0.2)
        requests = [f"request-{index}" for index in range(200)]
        for request_id in requests:
            publisher.emit({**LEAST, "request_id": request_id})
            publisher.emit({**LEAST, "request_id": request_id, "sample_weight": 2.5})
        self.assertTrue(publisher.flush(10))
        kept = [request_id for request_id in requests if sample_number(request_id) * 4 < 2**32]
        sent = [json.loads(line) for one in collector.requests if one.path == "/v1/events" for line in one.body.splitlines()]
        self.assertEqual([event["request_id"] for event in sent], [name for name in kept for _ in range(2)])
        self.assertEqual([event["sample_weight"] for event in sent], [4, 10.0] * len(kept))
        counters = publisher.counters()
        self.assertEqual((counters.emitted, counters.sampled_out), (len(sent), 400 - len(sent)))

    def test_a_rate_is_a_whole_number(self) -> None:
        for wrong in (0, 1.5, True, "2", 1_000_001):
            with self.assertRaises(PublisherOptionsError):
                Publisher(url="http://127.0.0.1:1", service="s", environment="e", sample_one_in=wrong)
