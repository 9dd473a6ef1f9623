"""
Starts LiteLLM's proxy before the provider, whose protocol the first argument names, with its OpenTelemetry callback and its own, and calls
it by a client that nothing instruments, which the second argument names.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

CASE = os.environ["CASE"]
START_TIMEOUT_S = 100
# It exports what it has every half second, and posts it every second.
EXPORT_S = 3


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def configuration(model, protocol):
    """The proxy tries again what is limited, and waits for a silent provider as long as its caller does."""
    to_provider = {
        "model": model,
        "api_base": os.environ["PROVIDER"] + ("/v1" if protocol == "openai" else ""),
        "api_key": "none",
        "input_cost_per_token": 0.000001,
        "output_cost_per_token": 0.000002,
    }
    if CASE == "stalled":
        to_provider["timeout"] = 1.0
    return {
        "model_list": [{"model_name": "m", "litellm_params": to_provider}],
        "litellm_settings": {"callbacks": ["otel", "generic_api"]},
        "router_settings": {"num_retries": 1 if CASE == "limited" else 0, "disable_cooldowns": True},
    }


def wait_for(url, proxy):
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and proxy.poll() is None:
        try:
            with urlopen(url + "/health/liveliness", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.3)
    raise TimeoutError("the proxy did not start")


def main():
    protocol, library = sys.argv[1:]
    # Of a model that it does not know it makes a stream of Responses itself, of an answer in one piece.
    model = "openai/gpt-4o" if library == "responses" else f"{protocol}/m"
    folder = Path(tempfile.mkdtemp())
    # JSON is YAML.
    (folder / "config.yaml").write_text(json.dumps(configuration(model, protocol)))
    url = f"http://127.0.0.1:{free_port()}"
    own = {
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_TELEMETRY": "False",
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
        "OTEL_BSP_SCHEDULE_DELAY": "500",
        "GENERIC_LOGGER_ENDPOINT": os.environ["PROVIDER"] + "/v1/litellm",
        "GENERIC_LOGGER_HEADERS": "authorization=none",
        "DEFAULT_FLUSH_INTERVAL_SECONDS": "1",
    }
    command = [Path(sys.executable).parent / "litellm", "--config", "config.yaml", "--host", "127.0.0.1", "--port", url.split(":")[-1]]
    with (folder / "log").open("w") as log:
        proxy = subprocess.Popen(command, cwd=folder, env={**os.environ, **own}, stdout=log, stderr=log)
        try:
            wait_for(url, proxy)
            os.environ["PROVIDER"] = url
            import python_client

            # The proxy tries again, not its caller.
            python_client.LIMITS["max_retries"] = 0
            python_client.LIMITS["timeout"] = 20.0
            python_client.run_quietly(python_client.LIBRARIES[library]())
            time.sleep(EXPORT_S)
        finally:
            proxy.terminate()
            proxy.wait()


main()
