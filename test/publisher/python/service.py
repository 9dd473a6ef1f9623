"""A service of its own process that publishes. Its command is the first argument, the collector's URL the second.

- ``load``: this process and a worker that it forks emit 250 events a second each until standard input ends.
- ``emit``: emits the events of standard input, one per line, each by itself, and tells what became of each.
- ``live``: emits and reports each second until it is killed or standard input ends.

Every process ends by printing its counters as JSON.
"""

import dataclasses
import json
import os
import select
import sys
import time

from burnline import Publisher, RetryOptions

PER_SECOND = 250
drops = []
publisher = Publisher(
    url=sys.argv[2],
    service="chat",
    environment="test",
    report_interval_s=1,
    retry=RetryOptions(backoff_s_max=1),
    on_drop=drops.append,
)


def is_over() -> bool:
    return bool(select.select([sys.stdin], [], [], 0)[0])


def work() -> None:
    started, emitted = time.monotonic(), 0
    while not is_over():
        while emitted < (time.monotonic() - started) * PER_SECOND:
            publisher.emit({"model_requested": "model-a", "status": "ok", "duration_ms": 900})
            emitted += 1
        time.sleep(0.02)


def load() -> None:
    worker = os.fork()
    work()
    if worker != 0:
        os.waitpid(worker, 0)
    tell(publisher.flush(60))


def emit() -> None:
    for line in sys.stdin:
        publisher.emit(json.loads(line))
        publisher.flush(20)
        print(json.dumps([str(drop.error) for drop in drops]), flush=True)
        drops.clear()


def live() -> None:
    print(json.dumps(publisher._options.instance), flush=True)
    work()


def tell(is_flushed: bool) -> None:
    told = {"isFlushed": is_flushed, **dataclasses.asdict(publisher.counters())}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


{"load": load, "emit": emit, "live": live}[sys.argv[1]]()
