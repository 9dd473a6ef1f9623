"""What the Python publisher costs the service that emits.

npm run bench:publisher-python

- Time per emit() of a usual event, in bursts of 500 that are sent between two of them; the collector is a process of its own.
- Memory of an event that waits, by tracemalloc, beside what the publisher's bound counts for it.
- A service that emits 1,000 events a second over HTTP: its CPU time beside the same service without events, bytes on the wire.
"""

import gc
import http.server
import itertools
import multiprocessing
import os
import platform
import random
import sys
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "packages/publisher-python/src"))

from burnline import Publisher, RetryOptions  # noqa: E402

RUN_COUNT = 15
WARMUP_RUN_COUNT = 3
EVENTS_PER_RUN = 10_000
BURST_EVENTS = 500
WAITING_EVENTS = 10_000
EVENTS_PER_SECOND = 1_000
SECONDS = 10
EVERY_S = 0.01

EVENT = {
    "request_id": "req-0190b4e2-7c3a-7d1e",
    "trace_id": "0123456789abcdef0123456789abcdef",
    "span_id": "0123456789abcdef",
    "tenant": "acme",
    "endpoint": "/v1/chat",
    "operation": "chat",
    "provider": "openai",
    "model_requested": "gpt-4o",
    "model_served": "gpt-4o-2024-08-06",
    "deployment": "eu-west-a",
    "region": "eu-west-1",
    "prompt_name": "summarise",
    "prompt_version": "v12",
    "session_id": "session-1234567",
    "task_id": "task-99",
    "streaming": True,
    "status": "ok",
    "http_status": 200,
    "ttft_ms": 312.5,
    "duration_ms": 2210.25,
    "input_tokens": 1532,
    "cached_input_tokens": 1024,
    "output_tokens": 312,
    "finish_reason": "stop",
    "attributes": {"team": "growth"},
    "measures": {"output_characters": 1200},
}


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes everything, and counts what came over the wire."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    bytes_taken = None

    def do_POST(self):
        size = int(self.headers["content-length"])
        self.rfile.read(size)
        self.bytes_taken.value += size
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_args):
        pass


def serve(port, bytes_taken):
    Collector.bytes_taken = bytes_taken
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    port.value = server.server_port
    server.serve_forever()


def publisher_of(url, **options):
    return Publisher(url=url, service="checkout-assistant", environment="production", **options)


def varied_events():
    """Ids and measurements of their own: a codec finds less to save than in one event again and again."""
    rng = random.Random(5)
    return [
        {
            **EVENT,
            "request_id": f"req-{rng.getrandbits(64):016x}",
            "trace_id": f"{rng.getrandbits(128):032x}",
            "span_id": f"{rng.getrandbits(64):016x}",
            "session_id": f"session-{rng.getrandbits(30)}",
            "tenant": f"tenant-{rng.randrange(50)}",
            "ttft_ms": rng.randrange(200_000) / 128,
            "duration_ms": 2_000 + rng.randrange(1_000_000) / 128,
            "input_tokens": rng.randrange(1_024, 8_000),
            "output_tokens": rng.randrange(1_000),
        }
        for _ in range(5_000)
    ]


EVENTS = itertools.cycle(varied_events())


def emit_burst(publisher, count):
    for event in itertools.islice(EVENTS, count):
        publisher.emit(event)


def measure_emit(url):
    publisher = publisher_of(url)
    runs, cpu_runs = [], []
    for run in range(WARMUP_RUN_COUNT + RUN_COUNT):
        spent_s = cpu_s = 0.0
        for _ in range(EVENTS_PER_RUN // BURST_EVENTS):
            started, cpu_started = time.perf_counter(), time.thread_time()
            emit_burst(publisher, BURST_EVENTS)
            spent_s += time.perf_counter() - started
            cpu_s += time.thread_time() - cpu_started
            publisher.flush()
        if run >= WARMUP_RUN_COUNT:
            runs.append(spent_s * 1e6 / EVENTS_PER_RUN)
            cpu_runs.append(cpu_s * 1e6 / EVENTS_PER_RUN)
    publisher.close()
    check(publisher)
    return sorted(runs), sorted(cpu_runs)


def measure_waiting():
    # Nothing listens there, and the first attempt is the only one.
    away = RetryOptions(backoff_s=60, backoff_s_max=600)
    publisher = publisher_of("http://127.0.0.1:9", retry=away, linger_s=60, report_interval_s=0)
    emit_burst(publisher, BURST_EVENTS)
    gc.collect()
    tracemalloc.start()
    counted = publisher.counters().buffered_bytes
    before = tracemalloc.get_traced_memory()[0]
    emit_burst(publisher, WAITING_EVENTS)
    gc.collect()
    traced = tracemalloc.get_traced_memory()[0] - before
    counted = publisher.counters().buffered_bytes - counted
    tracemalloc.stop()
    if publisher.counters().buffered != BURST_EVENTS + WAITING_EVENTS:
        raise SystemExit("not everything was kept")
    publisher.close(0)
    return traced / WAITING_EVENTS, counted / WAITING_EVENTS


def measure_service(url, per_second, **options):
    publisher = publisher_of(url, **options)
    started, cpu_before, emitted = time.monotonic(), time.process_time(), 0
    while (elapsed := time.monotonic() - started) < SECONDS:
        emit_burst(publisher, int(elapsed * per_second) - emitted)
        emitted = max(emitted, int(elapsed * per_second))
        time.sleep(EVERY_S)
    cores = (time.process_time() - cpu_before) / elapsed
    publisher.close()
    check(publisher)
    return cores, publisher.counters().acknowledged


def check(publisher):
    counters = publisher.counters()
    if counters.acknowledged != counters.emitted:
        raise SystemExit(f"events were lost: {counters}")


def main():
    port, bytes_taken = multiprocessing.Value("i", 0), multiprocessing.Value("q", 0)
    multiprocessing.Process(target=serve, args=(port, bytes_taken), daemon=True).start()
    while port.value == 0:
        time.sleep(0.01)
    url = f"http://127.0.0.1:{port.value}"
    version, load = platform.python_version(), os.getloadavg()[0]
    print(f"Python {version}, load average {load:.1f} at the beginning")
    what = f"({RUN_COUNT} runs of {EVENTS_PER_RUN} events of {len(EVENT)} fields)"
    for name, runs in zip(("by the clock", "of CPU time of its thread"), measure_emit(url)):
        print(f"emit(): median {runs[RUN_COUNT // 2]:.1f} us {name}, {runs[0]:.1f} to {runs[-1]:.1f} per event {what}")
    traced, counted = measure_waiting()
    print(f"an event that waits: {traced:.0f} bytes; the bound counts {counted:.0f}")
    for name, per_second, options in (
        ("no events", 0, {}),
        (f"{EVENTS_PER_SECOND} events/s", EVENTS_PER_SECOND, {}),
        (f"{EVENTS_PER_SECOND} events/s, gzip", EVENTS_PER_SECOND, {"gzip": True}),
    ):
        bytes_before = bytes_taken.value
        cores, sent = measure_service(url, per_second, **options)
        wire = f", {(bytes_taken.value - bytes_before) / sent:.0f} bytes an event on the wire" if sent else ""
        print(f"a service, {name}: {cores * 100:.1f} % of a core{wire}")


if __name__ == "__main__":
    main()
