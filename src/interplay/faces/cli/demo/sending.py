"""Sending the story as its senders would: batches of the Segment and Sensors dialects, and one bad event."""

import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from gzip import compress
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec
from msgspec import Struct

from interplay.faces.cli.demo.contracts import BadEvent, Flow
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang
from interplay.rehearse.brand.contracts import Json

BATCH = 100  # messages a request
REQUESTS_AT_ONCE = 4
STRETCH = 40  # requests made ready before the clock runs
ANSWER_SECONDS_MAX = 60.0
GZIP_LEVEL = 3

SIGNING = frozenset({"identify", "track_signup", "profile_set", "$MPLaunch"})
"""Messages that say who somebody is; at its launch a mini-program's backend asks WeChat."""

BAD_EVENT: Json = {
    "messageId": "demo-bad-event",
    "userId": "u000001",
    "event": "Order Completed",
    "properties": {"order_id": "W-0", "total": "thirty-two yuan", "currency": "CNY"},
}

One = TypeVar("One")
Report = Callable[[int], None]
_encode = msgspec.json.Encoder().encode


class _Result(Struct):
    status: str
    reason: str = ""


class _Answer(Struct):
    results: list[_Result]


class _Problem(Struct):
    code: str = ""
    detail: str = ""


class Senders:
    """The web shop, with its write key as Basic user, and the mini-program, with it as token in the address.

    Who somebody is, the brand's own systems say, with their secret key: a page's word joins no two who are known.
    """

    def __init__(self, url: str, write_key: str, secret_key: str, lang: Lang) -> None:
        limits = httpx.Limits(max_connections=REQUESTS_AT_ONCE)
        self._http = httpx.Client(base_url=url, timeout=ANSWER_SECONDS_MAX, limits=limits, trust_env=False)
        self._write_key, self._secret_key = write_key, secret_key
        self._lang = lang
        self._pool = ThreadPoolExecutor(REQUESTS_AT_ONCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._pool.shutdown()
        self._http.close()

    def segment(self, messages: Iterable[Json], report: Report) -> Flow:
        """Send the web shop's messages to /v1/batch."""
        return self._send("segment", self._to_batch, messages, report)

    def sensors(self, messages: Iterable[Json], report: Report) -> Flow:
        """Send the mini-program's messages to /sa."""
        return self._send("sensors", self._to_sa, messages, report)

    def bad_event(self) -> BadEvent:
        """Send an event with words where the amount belongs. It must be refused, with a reason, and kept."""
        headers = _basic(self._write_key) | {"Accept-Language": self._lang}
        answer = self._http.post("/v1/track", json=BAD_EVENT, headers=headers)
        problem = msgspec.json.decode(answer.content, type=_Problem)
        return BadEvent(_encode(BAD_EVENT).decode(), problem.code, problem.detail)

    def _send(
        self, door: str, pack: Callable[[list[Json], str], httpx.Request], messages: Iterable[Json], report: Report
    ) -> Flow:
        counts: Counter[str] = Counter()
        reason, seconds = "", 0.0
        for stretch in slices(slices(messages, BATCH), STRETCH):
            requests = [pack(some, key) for batch in stretch for some, key in self._by_sender(batch)]
            begun = time.perf_counter()
            answers = list(self._pool.map(self._http.send, requests))
            seconds += time.perf_counter() - begun
            for result in _results(answers):
                counts[result.status] += 1
                reason = reason or result.reason
            report(sum(map(len, stretch)))
        return Flow.of(
            door, counts.total(), stored=counts["stored"], duplicates=counts["duplicate"],
            rejected=counts["rejected"], seconds=seconds, reason=reason,
        )  # fmt: skip

    def _by_sender(self, batch: list[Json]) -> Iterator[tuple[list[Json], str]]:
        """Yield what the brand's systems send of a batch, and what pages and apps do, each with its key."""
        for is_own, key in ((True, self._secret_key), (False, self._write_key)):
            if some := [one for one in batch if _says_who(one) is is_own]:
                yield some, key

    def _to_batch(self, messages: list[Json], key: str) -> httpx.Request:
        headers = _basic(key) | {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        body = compress(_encode({"batch": messages}), GZIP_LEVEL, mtime=0)
        return self._http.build_request("POST", "/v1/batch", content=body, headers=headers)

    def _to_sa(self, messages: list[Json], key: str) -> httpx.Request:
        packed = b64encode(compress(_encode(messages), GZIP_LEVEL, mtime=0)).decode()
        address: dict[str, Any] = {"project": "default", "token": key}
        return self._http.build_request("POST", "/sa", params=address, data={"data_list": packed, "gzip": "1"})


def _says_who(message: Json) -> bool:
    return not SIGNING.isdisjoint({message.get("type"), message.get("event")})


def _basic(key: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}"}


def slices(items: Iterable[One], size: int) -> Iterator[list[One]]:
    """Yield the items in lists of `size`, the last one shorter."""
    found: list[One] = []
    for item in items:
        found.append(item)
        if len(found) == size:
            yield found
            found = []
    if found:
        yield found


def _results(answers: Iterable[httpx.Response]) -> Iterator[_Result]:
    for answer in answers:
        if answer.status_code != httpx.codes.OK:
            raise AppError("demo.refused", status=502, given=answer.status_code, answer=answer.text[:500])
        yield from msgspec.json.decode(answer.content, type=_Answer).results
