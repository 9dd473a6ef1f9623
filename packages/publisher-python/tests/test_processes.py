"""Goal: forked and ended processes lose and double nothing that they had time for, and are sources of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import unittest
from pathlib import Path
from typing import Any

from tests.report_bodies import read_reports
from tests.scripted_collector import Answer, ScriptedCollector

ROOT = Path(__file__).parent.parent
PROLOGUE = """
import os, sys, multiprocessing
from burnline import Publisher
publisher = Publisher(url=sys.argv[1], service="chat", environment="test", instance="one", linger_s=60)
def emit(number):
    publisher.emit({"model_requested": "m", "status": "ok", "duration_ms": number})
"""


class ProcessesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.collector = ScriptedCollector()
        self.addCleanup(self.collector.close)

    def run_service(self, code: str, exit_code: int = 0) -> list[int]:
        """The durations that came, in order; each stands for an event."""
        result = subprocess.run(
            [sys.executable, "-c", PROLOGUE + textwrap.dedent(code), self.collector.url],
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(result.returncode, exit_code, result.stderr)
        return sorted(record["duration_ms"] for record in self.collector.events)

    def reports(self) -> list[dict[str, Any]]:
        return [report for request in self.collector.of("/v1/batches") for report in read_reports(request.body)]

    def test_a_process_that_ends_sends_what_is_left_and_says_that_it_stops(self) -> None:
        self.assertEqual(self.run_service("emit(1)"), [1])
        (report,) = self.reports()
        told = {name: report[name] for name in ("instance", "is_final", "emitted_count", "acknowledged_count")}
        self.assertEqual(told, {"instance": "one", "is_final": True, "emitted_count": 1, "acknowledged_count": 1})

    def test_so_does_one_that_ends_by_an_exception(self) -> None:
        self.assertEqual(self.run_service("emit(1); raise KeyError(1)", exit_code=1), [1])

    def test_an_end_without_a_collector_is_bounded(self) -> None:
        self.collector = ScriptedCollector(lambda number, request: Answer(503))
        self.run_service("publisher._options.__dict__['exit_timeout_s'] = 1; emit(1)")

    def test_a_forked_worker_sends_its_own_events_alone(self) -> None:
        found = self.run_service("""
            emit(1)
            for worker in (10, 20, 30):
                if os.fork() == 0:
                    emit(worker); emit(worker + 1)
                    sys.exit()
            for _ in range(3): os.wait()
            emit(2)
        """)
        self.assertEqual(found, [1, 2, 10, 11, 20, 21, 30, 31])
        self.assertEqual(sorted(report["emitted_count"] for report in self.reports()), [2, 2, 2, 2])
        self.assertEqual(len({report["instance"] for report in self.reports()}), 4)

    def test_a_fork_in_the_middle_of_everything_does_not_deadlock(self) -> None:
        found = self.run_service("""
            import threading
            publisher.emit({"model_requested": "m", "status": "ok", "duration_ms": 0})
            over = threading.Event()
            def work():
                while not over.is_set():
                    publisher.counters()
            threads = [threading.Thread(target=work) for _ in range(4)]
            for thread in threads: thread.start()
            for worker in range(1, 31):
                if os.fork() == 0:
                    emit(worker)
                    publisher.close()
                    os._exit(0)
            for _ in range(30): os.wait()
            over.set()
        """)
        self.assertEqual(found, list(range(31)))

    def test_a_worker_that_emits_nothing_is_no_source(self) -> None:
        self.run_service("""
            emit(1)
            if os.fork() == 0: sys.exit()
            os.wait()
        """)
        self.assertEqual(len(self.reports()), 1)

    def test_a_closed_publisher_stays_closed_in_a_worker(self) -> None:
        found = self.run_service("""
            publisher.close()
            if os.fork() == 0:
                emit(1); publisher.flush(1); publisher.close()
                sys.exit()
            os.wait()
        """)
        self.assertEqual(found, [])

    def test_children_of_multiprocessing_send_what_is_left(self) -> None:
        found = self.run_service("""
            children = [multiprocessing.get_context("fork").Process(target=emit, args=(n,)) for n in (10, 20)]
            emit(1)
            for child in children: child.start()
            for child in children: child.join()
        """)
        self.assertEqual(found, [1, 10, 20])

    def test_a_finalizer_or_a_signal_handler_may_emit(self) -> None:
        found = self.run_service("""
            import signal
            signal.signal(signal.SIGALRM, lambda *_: emit(5))
            signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
            class Held:
                def __del__(self): emit(5)
            for _ in range(2_000):
                held = Held(); held.itself = held
                emit(5)
            signal.setitimer(signal.ITIMER_REAL, 0)
            del held
            import gc; gc.collect()
            counters = publisher.counters()
            assert counters.emitted >= 4_000 and counters.buffered + counters.acknowledged == counters.emitted, counters
        """)
        self.assertGreaterEqual(len(found), 4_000)


if __name__ == "__main__":
    unittest.main()
