"""Senders under load: each remembers what was acknowledged, and sends again what was not."""

import http.client
import json
import random
import threading
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any

from tests.serving import HOST, Site

BATCH_MAX = 50
PAUSE_SECONDS = 0.05
ANSWER_SECONDS_MAX = 20.0
USERS, BROWSERS = 150, 400
GIVES_UP_SHARE = 0.2
"""Of the batches without an answer: their sender never tries again, so they may be stored or not."""
AGAIN_SHARE = 0.1
"""Of the acknowledged batches: sent once more, as after a lost answer."""


class Load:
    """Threads that send until stopped. What they saw stays over many starts of the server.

    With several `ports` a sender that gets no answer goes to the next, as a load balancer would.
    """

    def __init__(self, site: Site, seed: int, threads: int = 4, ports: Sequence[int] = ()) -> None:
        self.acknowledged: set[str] = set()
        self.sent: dict[str, dict[str, Any]] = {}
        self.statuses: Counter[int] = Counter()
        self.wrong: list[str] = []
        self._site = site
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._senders = [
            _Sender(self, site, random.Random(f"{seed}/{number}"), f"{number}", ports or (site.port,))
            for number in range(threads)
        ]
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self._is_over.clear()
        self._threads = [threading.Thread(target=one.run, args=(self._is_over,), daemon=True) for one in self._senders]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Return once no answer is waited for any more."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def will_send(self, batch: list[dict[str, Any]]) -> None:
        with self._lock:
            self.sent.update({event["messageId"]: event for event in batch})

    def answered(self, batch: list[dict[str, Any]], status: int, body: bytes) -> None:
        with self._lock:
            self.statuses[status] += 1
            if status != http.client.OK:
                if status < http.client.INTERNAL_SERVER_ERROR or not body.startswith(b"{"):
                    self.wrong.append(f"{status} {body[:300]!r}")
                return
            results = [one["status"] for one in json.loads(body)["results"]]
            if not set(results) <= {"stored", "duplicate"}:
                self.wrong.append(f"{results}")
            ids = [event["messageId"] for event in batch]
            if again := [one for one, result in zip(ids, results, strict=True) if self._is_lost(one, result)]:
                self.wrong.append(f"acknowledged before, and now stored as new: {again}")
            self.acknowledged.update(ids)

    def _is_lost(self, message_id: str, result: str) -> bool:
        return message_id in self.acknowledged and result != "duplicate"


class _Sender:
    def __init__(self, load: Load, site: Site, rng: random.Random, name: str, ports: Sequence[int]) -> None:
        self._load = load
        self._rng = rng
        self._name = name
        self._count = 0
        self._ports = deque(ports)
        self._ports.rotate(int(name))
        self._headers = {"authorization": site.basic(), "content-type": "application/json"}
        self._connection: http.client.HTTPConnection | None = None
        self._unanswered: list[dict[str, Any]] = []

    def run(self, is_over: threading.Event) -> None:
        while not is_over.is_set():
            batch = self._unanswered or self._batch()
            self._unanswered = []
            if not self._send(batch):
                self._unanswered = [] if self._rng.random() < GIVES_UP_SHARE else batch
                is_over.wait(PAUSE_SECONDS)
            elif self._rng.random() < AGAIN_SHARE:
                self._send(batch)
        self._hang_up()

    def _batch(self) -> list[dict[str, Any]]:
        batch = [self._event() for _ in range(self._rng.randint(1, BATCH_MAX))]
        self._load.will_send(batch)
        return batch

    def _event(self) -> dict[str, Any]:
        rng = self._rng
        self._count += 1
        event: dict[str, Any] = {
            "messageId": f"{self._name}-{self._count}",
            "timestamp": f"2026-01-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:00:00Z",
        }
        browser = rng.randrange(BROWSERS)
        if rng.random() < 0.7:
            event["userId"] = f"user {browser % USERS}"  # everybody has browsers of her own: none changes hands
        if "userId" not in event or rng.random() < 0.3:
            event["anonymousId"] = f"browser {browser}"
        kind = rng.random()
        if kind < 0.4:
            order = {"order_id": event["messageId"], "revenue": rng.randint(1, 99_999) / 100, "currency": "CNY"}
            return event | {"type": "track", "event": "Order Completed", "properties": order}
        if kind < 0.6:
            return event | {
                "type": "identify",
                "traits": {"city": rng.choice(["上海", "杭州"]), "age": rng.randint(18, 80)},
            }
        if kind < 0.7:
            return event | {"type": "track", "event": f"Thing {rng.randrange(30)} Happened", "properties": {"n": 1}}
        return event | {"type": "page", "properties": {"url": "https://shop.example/", "title": "店"}}

    def _send(self, batch: list[dict[str, Any]]) -> bool:
        """Post a batch; return whether it was acknowledged."""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(HOST, self._ports[0], timeout=ANSWER_SECONDS_MAX)
            self._connection.request("POST", "/v1/batch", json.dumps({"batch": batch}), self._headers)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            self._hang_up()
            self._ports.rotate()
            return False
        self._load.answered(batch, answer.status, body)
        return answer.status == http.client.OK

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
