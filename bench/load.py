"""`python -m bench.load`: senders of facts, in a process of their own; orders on stdin, what came of them on stdout.

A fixed number of connections, each sending its next request when it has the answer to the last. Requests are made
before the clock starts; what is left to do per request is one send, one receive and one look at the status.
"""

import base64
import gc
import random
import select
import socket
import sys
from datetime import UTC, datetime
from time import perf_counter

import msgspec
from msgspec import Struct

from bench import shop
from bench.facts import AGENT
from bench.figures import percentile

RECEIVE_BYTES = 65_536
SEND_BUFFER_BYTES = 1 << 20
WAIT_SECONDS_MAX = 30.0


class Orders(Struct):
    """What to send, where to, and for how long."""

    port: int
    write_key: str
    connections: int
    facts_per_request: int
    requests_max: int
    warm_up_seconds: float
    seconds: float
    customers: int
    seed: int
    requests_per_second: float = 0.0  # 0: as many as are answered
    is_scattered: bool = True  # else a request is of one customer, as a browser sends what its visitor did
    refusal: str = ""  # what stands in an answer that is a 2xx and says no; empty: none does


class Counted(Struct):
    """What came of it, after the warm-up. Latencies in milliseconds, of whole requests."""

    requests: int
    sent: int  # requests, those of the warm-up too
    seconds: float
    refused: int
    first_refusal: str
    p50_ms: float
    p99_ms: float
    bytes_per_fact: float


def main() -> None:
    orders = msgspec.json.decode(sys.stdin.buffer.read(), type=Orders)
    requests = made(orders)
    gc.disable()
    sys.stdout.buffer.write(msgspec.json.encode(Senders(orders, requests).run()))


def made(orders: Orders) -> list[bytes]:
    """Return whole HTTP requests, each with ids of its own."""
    authorization = base64.b64encode(f"{orders.write_key}:".encode()).decode()
    head = (
        "POST /v1/{} HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Basic {authorization}\r\nContent-Type: application/json\r\nUser-Agent: {AGENT}\r\n"
    )
    rng = random.Random(orders.seed)
    run = f"{rng.getrandbits(48):012x}"
    requests = []
    for number in range(orders.requests_max):
        customer = rng.randrange(orders.customers)
        items = []
        for i in range(orders.facts_per_request):
            items.append(body(rng, f"{run}-{number}-{i}", customer))
            customer = rng.randrange(orders.customers) if orders.is_scattered else customer
        if orders.facts_per_request == 1:
            (call, content), *_ = items
        else:
            call, content = "batch", '{"batch":[' + ",".join(item for _, item in items) + "]}"
        data = content.encode()
        requests.append(f"{head.format(call)}Content-Length: {len(data)}\r\n\r\n".encode() + data)
    return requests


def body(rng: random.Random, message_id: str, customer: int) -> tuple[str, str]:
    """Return the call and the JSON of one fact as a shop's web site sends it: 600 to 900 bytes."""
    product = rng.randrange(4_000)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    who = f'"userId":"{shop.user_id(customer)}"'
    if shop.has_cookie(customer):
        who += f',"anonymousId":"{shop.cookie_id(customer)}"'
    kind = rng.random()
    price = rng.randrange(500, 30_000) / 100
    if kind < 0.45:
        call, what = "page", '"type":"page","name":"Product"'
        properties = f'"title":"商品 {product}","path":"/p/{product}","referrer":"https://www.baidu.com/"'
    elif kind < 0.95:
        name = "Product Viewed" if kind < 0.83 else "Product Added"
        call, what = "track", f'"type":"track","event":"{name}"'
        properties = (
            f'"product_id":"p{product}","sku":"s{product}","name":"商品 {product}","category":"类目 {product % 40}",'
            f'"brand":"示例","price":{price},"quantity":1,"currency":"CNY"'
        )
    else:
        call, what = "track", '"type":"track","event":"Order Completed"'
        properties = (
            f'"order_id":"o{message_id}","total":{price},"currency":"CNY","coupon":"SPRING","shipping":8.0,'
            f'"products":[{{"product_id":"p{product}","name":"商品 {product}","price":{price},"quantity":1}}]'
        )
    return call, (
        f'{{{what},"messageId":"{message_id}",{who},"timestamp":"{now}","sentAt":"{now}","properties":{{{properties}}},'
        f'"context":{{"library":{{"name":"analytics.js","version":"2.1.0"}},"ip":"203.0.113.9","locale":"zh-CN",'
        f'"userAgent":"{AGENT}","screen":{{"width":1920,"height":1080}},'
        f'"page":{{"path":"/p/{product}","title":"商品 {product}","url":"https://shop.example.cn/p/{product}?from=list"}}}}}}'
    )


class Senders:
    """The connections, and one loop over them."""

    def __init__(self, orders: Orders, requests: list[bytes]) -> None:
        self._orders = orders
        self._refusal = orders.refusal.encode()
        self._requests = iter(requests)
        self._size = sum(map(len, requests)) / len(requests) / orders.facts_per_request
        self._latencies: list[float] = []
        self._refused = 0
        self._first_refusal = ""
        self._sent_at: dict[int, float] = {}
        self._idle: list[int] = []  # connections that wait for the next request to be due
        self._sent = 0
        self._sockets: dict[int, socket.socket] = {}
        self._poll = select.epoll()

    def run(self) -> Counted:
        for _ in range(self._orders.connections):
            self._connect()
        began = perf_counter()
        counting_from = began + self._orders.warm_up_seconds
        until = counting_from + self._orders.seconds
        last = counting_from
        while self._sent_at or self._idle:
            for handle, _ in self._poll.poll(self._pause(began)):
                answered = self._receive(handle)
                if answered >= counting_from:
                    self._latencies.append(answered - self._sent_at[handle])
                    last = answered
                del self._sent_at[handle]
                if answered < until:
                    self._idle.append(handle)
            if perf_counter() >= until:
                self._idle.clear()
            while self._idle and self._due_in(began) <= 0:
                self._send(self._idle.pop())
        return self._counted(last - counting_from)

    def _due_in(self, began: float) -> float:
        """Return in how many seconds the next request is to be sent."""
        pace = self._orders.requests_per_second
        return began + self._sent / pace - perf_counter() if pace else 0.0

    def _pause(self, began: float) -> float:
        return max(min(self._due_in(began), WAIT_SECONDS_MAX), 0.0) if self._idle else WAIT_SECONDS_MAX

    def _connect(self) -> None:
        one = socket.create_connection(("127.0.0.1", self._orders.port), timeout=WAIT_SECONDS_MAX)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self._sockets[one.fileno()] = one
        self._poll.register(one.fileno(), select.EPOLLIN)
        self._send(one.fileno())

    def _send(self, handle: int) -> None:
        request = next(self._requests, None)
        if request is None:
            self._idle.clear()
            return
        self._sent += 1
        self._sent_at[handle] = perf_counter()
        self._sockets[handle].sendall(request)

    def _receive(self, handle: int) -> float:
        """Read one whole answer and return when it was there."""
        one = self._sockets[handle]
        data = one.recv(RECEIVE_BYTES)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more(one)
        start = data.lower().find(b"content-length:", 0, end) + len(b"content-length:")
        whole = end + 4 + int(data[start : data.find(b"\r", start)])
        while len(data) < whole:
            data += self._more(one)
        if not data.startswith(b"HTTP/1.1 2") or (self._refusal and self._refusal in data):
            self._refused += 1
            self._first_refusal = self._first_refusal or data[:600].decode("utf8", "replace")
        return perf_counter()

    @staticmethod
    def _more(one: socket.socket) -> bytes:
        data = one.recv(RECEIVE_BYTES)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data

    def _counted(self, seconds: float) -> Counted:
        latencies = sorted(self._latencies)
        return Counted(
            requests=len(latencies),
            sent=self._sent,
            seconds=seconds,
            refused=self._refused,
            first_refusal=self._first_refusal,
            p50_ms=percentile(latencies, 0.5) * 1000,
            p99_ms=percentile(latencies, 0.99) * 1000,
            bytes_per_fact=self._size,
        )


if __name__ == "__main__":
    main()
