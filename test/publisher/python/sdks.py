"""Calls a provider by the SDKs of PyPI as services do, in the order of the cases of standard input, and prints each one's events.

A case: ``api`` (chat, responses or messages), ``how`` (sync, async or whole), ``leave_at`` (how a chunk reads with which the reader
leaves; null: never), ``timeout_s``.
"""

import asyncio
import functools
import gc
import json
import sys
import time

import anthropic
import openai

from burnline import anthropic_messages, openai_chat, openai_responses, time_call

URL = sys.argv[1]
MESSAGES = [{"role": "user", "content": "hello"}]
EVENT = {"model_requested": "m", "request_id": "r-1"}
ADAPTERS = {"chat": openai_chat, "responses": openai_responses, "messages": anthropic_messages}


class Events(list):
    emit = list.append


LOOP = asyncio.new_event_loop()


@functools.cache
def client_of(made, url):
    """Made once: a client of an SDK reads the system's certificates."""
    return made(base_url=url, api_key="k", max_retries=0)


def caller(api, how, timeout_s):
    further = {"timeout": timeout_s} if how == "whole" else {"timeout": timeout_s, "stream": True}
    if api == "messages":
        client = client_of(anthropic.AsyncAnthropic if how == "async" else anthropic.Anthropic, URL)
        return lambda: client.messages.create(model="m", max_tokens=100, messages=MESSAGES, **further)
    client = client_of(openai.AsyncOpenAI if how == "async" else openai.OpenAI, f"{URL}/v1")
    if api == "responses":
        return lambda: client.responses.create(model="m", input="hello", **further)
    if how != "whole":
        further["stream_options"] = {"include_usage": True}
    return lambda: client.chat.completions.create(model="m", messages=MESSAGES, **further)


class Run:
    def __init__(self, case):
        self.case = case
        self.events = Events()
        self.told = {"events": self.events, "caught": None, "chunks": 0, "isSdkStream": True}
        self.started = time.perf_counter()

    def call(self):
        case = self.case
        create = caller(case["api"], case["how"], case["timeout_s"])
        return time_call(create, publisher=self.events, adapter=ADAPTERS[case["api"]], event=EVENT)

    def leaves(self, chunk):
        self.told["chunks"] += 1
        leave_at = self.case["leave_at"]
        return leave_at is not None and leave_at in chunk.model_dump_json()

    def read(self):
        answer = self.call()
        if self.case["how"] == "whole":
            return
        self.told["isSdkStream"] = isinstance(answer, (openai.Stream, anthropic.Stream))
        with answer:
            for chunk in answer:
                if self.leaves(chunk):
                    break

    async def read_async(self):
        answer = await self.call()
        self.told["isSdkStream"] = isinstance(answer, (openai.AsyncStream, anthropic.AsyncStream))
        async with answer:
            async for chunk in answer:
                if self.leaves(chunk):
                    break

    def run(self):
        try:
            if self.case["how"] == "async":
                LOOP.run_until_complete(self.read_async())
            else:
                self.read()
        except Exception as error:
            self.told["caught"] = type(error).__name__
        gc.collect()
        self.told["elapsedMs"] = (time.perf_counter() - self.started) * 1000
        print(json.dumps(self.told), flush=True)


for case in json.load(sys.stdin):
    Run(case).run()
